using System.Reflection;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Orchestrator.Storage;

namespace Orchestrator.AspNetCore.Tests.Http;

/// <summary>The store of a host, which stops to answer when a test says so.</summary>
public class FaultyStore : DispatchProxy
{
    public const string Secret = "Host=db;Password=hunter2";

    private IRunStore _inner = null!;

    /// <summary>The members of the port that do not answer.</summary>
    internal Func<string, bool> Fails { get; set; } = _ => false;

    /// <summary>Sees each call of the port.</summary>
    internal Action<string, object?[]> Sees { get; set; } = (_, _) => { };

    /// <summary>Whether the calls that fail may succeed later.</summary>
    internal bool IsTransient { get; set; } = true;

    /// <summary>Puts a faulty store around the one that the services of a host have.</summary>
    internal static void Use(WebApplicationBuilder builder, Action<FaultyStore> created)
    {
        var original = builder.Services.Last(service => service.ServiceType == typeof(IRunStore));
        builder.Services.AddSingleton(services =>
        {
            var proxy = Create<IRunStore, FaultyStore>();
            var faulty = (FaultyStore)(object)proxy;
            faulty._inner = (IRunStore)original.ImplementationFactory!(services);
            created(faulty);
            return proxy;
        });
    }

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        Sees(targetMethod!.Name, args ?? []);
        return Fails(targetMethod.Name)
            ? throw new StoreUnavailableException($"no connection to {Secret}") { IsTransient = IsTransient }
            : targetMethod.Invoke(_inner, BindingFlags.DoNotWrapExceptions, null, args, null);
    }
}
