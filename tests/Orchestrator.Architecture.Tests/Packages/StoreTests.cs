using System.Reflection;
using Orchestrator.Storage;
using Orchestrator.Storage.Conformance;

namespace Orchestrator.Architecture.Tests.Packages;

/// <summary>A store in <c>src</c> is held to every promise of the port, by the tests of its package.</summary>
public sealed class StoreTests
{
    public static TheoryData<string, string> Stores { get; } = new(
        from row in Package.Names
        from type in Package.Load(row.Data).GetTypes()
        where type is { IsClass: true, IsAbstract: false } && type.IsAssignableTo(typeof(IRunStore))
        select (row.Data, type.Name));

    public static TheoryData<Type> Suites { get; } = [.. typeof(StoreSuite).Assembly.GetExportedTypes()
        .Where(type => type.IsAbstract && type.Name.EndsWith("Suite", StringComparison.Ordinal) && type != typeof(StoreSuite))];

    [Theory]
    [MemberData(nameof(Stores))]
    public void The_tests_of_a_store_derive_from_every_suite(string package, string store)
    {
        var tested = Assembly.Load($"{package}.Tests").GetExportedTypes().Where(type => !type.IsAbstract).SelectMany(BasesOf).ToHashSet();

        Assert.All(Suites, suite => Assert.True(tested.Contains(suite.Data), $"{package}.Tests has no class that derives from {suite.Data.Name} for {store}."));
    }

    [Theory]
    [MemberData(nameof(Suites))]
    public void A_suite_has_clauses_and_is_had_with_a_factory_alone(Type suite)
    {
        Assert.Contains(suite.GetMethods(), method => method.GetCustomAttribute<FactAttribute>() is not null);
        var constructor = Assert.Single(suite.GetConstructors(BindingFlags.Instance | BindingFlags.NonPublic));
        Assert.Equal([typeof(IStoreFactory)], constructor.GetParameters().Select(parameter => parameter.ParameterType));
    }

    private static IEnumerable<Type> BasesOf(Type type)
    {
        for (var ancestor = type.BaseType; ancestor is not null; ancestor = ancestor.BaseType)
        {
            yield return ancestor;
        }
    }
}
