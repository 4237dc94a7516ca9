namespace Orchestrator.Samples.Quickstart.Trouble;

/// <summary>A way to the control plane that can hang: during an outage calls wait, and are sent when it is over.</summary>
public sealed class Outage : DelegatingHandler
{
    private volatile TaskCompletionSource _over = new();

    /// <summary>A way that is open.</summary>
    public Outage()
        : base(new SocketsHttpHandler()) => End();

    /// <summary>Holds the calls that are made from now on.</summary>
    public void Begin() => _over = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Lets them go.</summary>
    public void End() => _over.TrySetResult();

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        await _over.Task.WaitAsync(cancellationToken);
        return await base.SendAsync(request, cancellationToken);
    }
}
