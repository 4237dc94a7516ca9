using System.Reflection;
using System.Runtime.CompilerServices;
using System.Xml.Linq;
using Orchestrator.Architecture.Tests.Folders;

namespace Orchestrator.Architecture.Tests.Packages;

/// <summary><c>Abstractions ← Core ← AspNetCore, Storage.Postgres, Storage.Redis</c>, <c>Abstractions ← Client</c>, and as little else as possible.</summary>
public sealed class DependencyTests
{
    private static readonly Dictionary<string, string[]> ReferencesOfProject = new()
    {
        ["Orchestrator.Abstractions"] = [],
        ["Orchestrator.Core"] =
        [
            "Orchestrator.Abstractions",
            "Microsoft.Extensions.DependencyInjection.Abstractions",
            "Microsoft.Extensions.Hosting.Abstractions",
            "Microsoft.Extensions.Logging.Abstractions",
            "Microsoft.Extensions.Options",
        ],
        ["Orchestrator.Storage.Postgres"] = ["Orchestrator.Core", "Npgsql"],
        ["Orchestrator.Storage.Redis"] = ["Orchestrator.Core", "StackExchange.Redis"],
        ["Orchestrator.Client"] = ["Orchestrator.Abstractions", "Microsoft.Extensions.Hosting.Abstractions", "Microsoft.Extensions.Http"],
        ["Orchestrator.AspNetCore"] = ["Orchestrator.Core", "Microsoft.AspNetCore.App"],
    };

    [Theory]
    [MemberData(nameof(Package.Names), MemberType = typeof(Package))]
    public void A_project_references_what_its_package_may_depend_on(string package)
    {
        var project = XDocument.Parse(Repository.Read($"src/{package}/{package}.csproj"));
        string[] kinds = ["ProjectReference", "PackageReference", "FrameworkReference"];
        var references = project.Descendants()
            .Where(element => kinds.Contains(element.Name.LocalName))
            .Select(element => element.Attribute("Include")!.Value)
            .Select(include => include.EndsWith(".csproj", StringComparison.Ordinal) ? Path.GetFileNameWithoutExtension(include) : include);

        Assert.True(ReferencesOfProject.TryGetValue(package, out var allowed), $"{package} is new: say here what it may depend on.");
        Assert.Equal(allowed.Order(), references.Order());
    }

    [Fact]
    public void The_types_and_ports_need_the_base_class_library_only()
    {
        var references = Package.Load("Orchestrator.Abstractions").GetReferencedAssemblies().Select(reference => reference.Name!);

        Assert.All(references, name => Assert.StartsWith("System.", name, StringComparison.Ordinal));
    }

    [Fact]
    public void The_engine_knows_nothing_of_HTTP()
    {
        var references = Package.Load("Orchestrator.Core").GetReferencedAssemblies().Select(reference => reference.Name!);

        Assert.All(references, name => Assert.True(
            name == "Orchestrator.Abstractions"
            || (name.StartsWith("System.", StringComparison.Ordinal) && !name.StartsWith("System.Net", StringComparison.Ordinal))
            || name.StartsWith("Microsoft.Extensions.", StringComparison.Ordinal),
            name));
    }

    [Fact]
    public void The_endpoints_know_the_engine_by_its_interface_and_its_options_and_never_a_store()
    {
        var assembly = Package.Load("Orchestrator.AspNetCore");
        var foreign = assembly.GetTypes().SelectMany(TypeReferences.Of).Where(type => type.Assembly != assembly).ToHashSet();

        Assert.DoesNotContain(foreign, type => type.Namespace == "Orchestrator.Storage");
        Assert.All(
            foreign.Where(type => type.Assembly == typeof(OrchestratorOptions).Assembly),
            type => Assert.EndsWith("Options", type.Name, StringComparison.Ordinal));
        Assert.Contains(typeof(IOrchestrator), foreign);
    }

    [Theory]
    [MemberData(nameof(Package.Names), MemberType = typeof(Package))]
    public void Nothing_internal_is_open_to_another_package(string package)
    {
        var friends = Package.Load(package)
            .GetCustomAttributes<InternalsVisibleToAttribute>()
            .Select(friend => new AssemblyName(friend.AssemblyName).Name!);

        Assert.All(friends, friend => Assert.False(Directory.Exists(Path.Combine(Repository.Root, "src", friend)), friend));
    }
}
