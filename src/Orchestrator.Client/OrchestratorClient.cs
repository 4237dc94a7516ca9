using Orchestrator.Client.Audit;
using Orchestrator.Client.Commands;
using Orchestrator.Client.Events;
using Orchestrator.Client.Heartbeats;
using Orchestrator.Client.Http;
using Orchestrator.Client.Runs;

namespace Orchestrator;

/// <summary>
/// The orchestrator of another process, over HTTP: what is written against <see cref="IOrchestrator"/> works with it as it does in process. Safe for
/// concurrent use.
/// </summary>
/// <remarks>
/// <para>A call whose reply is lost is sent again until <see cref="OrchestratorClientOptions.Timeout"/>, and has the effect of once: it carries the
/// <see cref="CallContext.IdempotencyKey"/> of its caller, or one made for it. Heartbeats are sent again only with a <see cref="Heartbeat.Beat"/>.
/// Of a <see cref="CallContext"/> the key and <see cref="CallContext.UserAgent"/> are sent; who calls, from where, the server sees itself.</para>
/// <para>A server that cannot be reached is <see cref="RefusalCode.StoreUnavailable"/>, with <c>cause</c> in the details: <c>connection</c>,
/// <c>timeout</c>, or <c>gateway</c> with the <c>status</c> of what stands before it. An answer that is none of an Orchestrator server, 401 and 403
/// included, is an <see cref="UnexpectedAnswerException"/>. A call that its caller cancels throws <see cref="OperationCanceledException"/> and may
/// have had its effect.</para>
/// <para>What the API does not tell is missing: <see cref="TunedValue.Sequence"/>, and the sequence of a transition in an event, are 0, and
/// <see cref="Acknowledgement.ClaimId"/> of a command is <see langword="null"/>. A transition, acknowledgement,
/// snooze or claim that found nothing to do is <see cref="Effect.Done"/>.</para>
/// </remarks>
public sealed class OrchestratorClient : IOrchestrator
{
    private readonly EventFollower _events;

    /// <summary>Creates a client.</summary>
    /// <param name="http">
    /// What to send by. Its <see cref="HttpClient.Timeout"/> must leave room for the longest wait that is asked for, up to 60 s; the default does.
    /// </param>
    /// <param name="options">Where to, unless <paramref name="http"/> has a base address, and how long to try. Default: as <see cref="OrchestratorClientOptions"/> says.</param>
    /// <param name="timeProvider">The clock of deadlines and pauses. Default: the system's.</param>
    /// <exception cref="ArgumentException">There is no base address, or an option makes no sense.</exception>
    public OrchestratorClient(HttpClient http, OrchestratorClientOptions? options = null, TimeProvider? timeProvider = null)
        : this(
            http is null ? throw new ArgumentNullException(nameof(http)) : () => http,
            options ?? new OrchestratorClientOptions(),
            options?.BaseAddress ?? http.BaseAddress,
            timeProvider ?? TimeProvider.System)
    {
    }

    internal OrchestratorClient(Func<HttpClient> http, OrchestratorClientOptions options, Uri? address, TimeProvider time)
    {
        var faults = options.FindFaults(address).ToArray();
        if (faults.Length > 0 || address is null)
        {
            throw new ArgumentException(faults.FirstOrDefault() ?? "There is no base address, neither in the options nor of the HTTP client.", nameof(options));
        }

        var root = new Uri(address.AbsoluteUri.TrimEnd('/') + "/");
        var connection = new ApiConnection(http, root, options.TryTimeout, time);
        var calls = new ControlCalls(connection, options.Timeout, time);
        Runs = new HttpRunOperations(calls);
        Heartbeats = new HttpHeartbeatOperations(connection, options.HeartbeatTimeout);
        Commands = new HttpCommandOperations(calls);
        Audit = new HttpAuditOperations(calls);
        _events = new EventFollower(connection, options.Timeout, time);
    }

    /// <inheritdoc/>
    public IRunOperations Runs { get; }

    /// <inheritdoc/>
    /// <remarks>
    /// Any number of heartbeats may come at once; they are sent 1,000 at a time. <see cref="IHeartbeatOperations.NoteUnreadableAsync"/> throws
    /// <see cref="NotSupportedException"/>: it is for transports on the server's side.
    /// </remarks>
    public IHeartbeatOperations Heartbeats { get; }

    /// <inheritdoc/>
    public ICommandOperations Commands { get; }

    /// <inheritdoc/>
    public IAuditOperations Audit { get; }

    /// <inheritdoc/>
    /// <remarks>
    /// The enumeration outlives broken connections and restarts of the server: it goes on after the last durable event, for as long as it takes. It ends when
    /// the run is no longer kept, and throws <see cref="RefusedException"/> when what follows its position is no longer kept
    /// (<see cref="RefusalCode.CursorExpired"/>). Events of kinds that this client does not know are passed over.
    /// </remarks>
    public ValueTask<Result<EventReading>> SubscribeAsync(EventSubscription? subscription = null, CancellationToken cancellationToken = default) =>
        _events.SubscribeAsync(subscription ?? new EventSubscription(), cancellationToken);
}
