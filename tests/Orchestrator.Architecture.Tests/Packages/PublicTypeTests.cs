using System.Reflection;

namespace Orchestrator.Architecture.Tests.Packages;

public sealed class PublicTypeTests
{
    private static readonly Dictionary<string, string> Inheritable = new()
    {
        ["EventData"] = "The closed set of details of events; its constructor is not for others.",
    };

    [Theory]
    [MemberData(nameof(Package.Names), MemberType = typeof(Package))]
    public void A_public_class_is_sealed_or_static_or_says_why_not(string package)
    {
        var open = Package.Load(package).GetExportedTypes().Where(type => type is { IsClass: true, IsSealed: false });

        Assert.All(open, type =>
        {
            Assert.True(type.IsAbstract, $"{type} can be inherited from and is not abstract.");
            Assert.True(Inheritable.ContainsKey(type.Name), $"{type} can be inherited from and says no reason.");
        });
    }

    [Theory]
    [MemberData(nameof(Package.Names), MemberType = typeof(Package))]
    public void A_public_type_is_in_a_namespace_that_its_users_know(string package)
    {
        string[] known = ["Orchestrator", "Orchestrator.Storage", "Microsoft.AspNetCore.Builder", "Microsoft.Extensions.DependencyInjection"];

        Assert.All(Package.Load(package).GetExportedTypes(), type => Assert.Contains(type.Namespace, known));
    }

    [Theory]
    [MemberData(nameof(Package.Names), MemberType = typeof(Package))]
    public void No_public_method_has_a_flag_before_its_cancellation_token(string package)
    {
        // In GetAsync(id, true, token) the flag says nothing, and GetAsync(id, token) does not compile.
        var flagged =
            from type in Package.Load(package).GetExportedTypes()
            from method in type.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static)
            let parameters = method.GetParameters()
            where parameters is [.., { ParameterType: var flag }, { ParameterType: var token }] && flag == typeof(bool) && token == typeof(CancellationToken)
            select $"{type.Name}.{method.Name}";

        Assert.Empty(flagged);
    }
}
