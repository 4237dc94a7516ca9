namespace Orchestrator.Client.Http;

/// <summary>Ends what it is given to after a time, or with another token.</summary>
internal sealed class Deadline : IDisposable
{
    private readonly CancellationTokenSource _alarm;
    private readonly CancellationTokenSource _either;

    public Deadline(TimeSpan after, TimeProvider time, CancellationToken other)
    {
        _alarm = new CancellationTokenSource(after, time);
        _either = CancellationTokenSource.CreateLinkedTokenSource(_alarm.Token, other);
    }

    public CancellationToken Token => _either.Token;

    /// <summary>Begins the time anew.</summary>
    public void PutOff(TimeSpan after) => _alarm.CancelAfter(after);

    public void Dispose()
    {
        _either.Dispose();
        _alarm.Dispose();
    }
}
