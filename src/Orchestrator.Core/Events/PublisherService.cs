using Microsoft.Extensions.Hosting;

namespace Orchestrator.Core.Events;

/// <summary>Runs the pumps of all publishers for as long as the host runs.</summary>
internal sealed class PublisherService : BackgroundService
{
    private readonly IReadOnlyList<PublisherPump> _pumps;

    /// <param name="publishers">The publishers.</param>
    /// <param name="pump">Makes the pump of one.</param>
    /// <exception cref="InvalidOperationException">Two publishers share a name, or one has none that can be kept.</exception>
    public PublisherService(IEnumerable<IEventPublisher> publishers, Func<IEventPublisher, PublisherPump> pump)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        _pumps = [.. publishers.Select(publisher =>
            !IsName(publisher.Name) ? throw new InvalidOperationException($"The publisher {publisher.GetType()} is named '{publisher.Name}'; a name has 1 to 64 characters of A-Z a-z 0-9 . _ -")
            : !names.Add(publisher.Name) ? throw new InvalidOperationException($"Two publishers are named '{publisher.Name}'; each needs a name of its own.")
            : pump(publisher))];
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(_pumps.Select(pump => Task.Run(() => pump.RunAsync(stoppingToken), CancellationToken.None)));

    private static bool IsName(string? name) =>
        name is { Length: >= 1 and <= 64 } && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-');
}
