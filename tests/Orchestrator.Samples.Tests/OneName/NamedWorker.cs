using System.Globalization;
using Orchestrator.FaultProxy;
using Orchestrator.Samples.Tests.Processes;
using Orchestrator.Samples.Tests.Python;

namespace Orchestrator.Samples.Tests.OneName;

/// <summary>A Python worker in a process of its own, whose calls and steps wait for turns of a schedule.</summary>
internal sealed class NamedWorker : IGate, IAsyncDisposable
{
    private static readonly string Program = PythonProcess.PathOf("tests/Orchestrator.Samples.Tests/OneName/worker.py");

    private readonly CancellationTokenSource _over = new();
    private readonly Schedule _schedule;
    private readonly Journal _journal;
    private readonly Proxy _proxy;
    private readonly SampleProcess _process;
    private volatile Phase _phase;
    private volatile Holding? _holding;

    private NamedWorker(int number, Proxy proxy, string name, bool isTakeover, Schedule schedule, Journal journal)
    {
        (Number, _proxy, _schedule, _journal) = (number, proxy, schedule, journal);
        _proxy.Gate = this;
        var api = new Uri(proxy.Address, "api/v1").ToString();
        _process = PythonProcess.Start([Program, api, name, isTakeover ? "takeover" : "queued"], ("PYTHONPATH", PythonProcess.Folder));
        Reading = ReadAsync();
    }

    private enum Phase
    {
        /// <summary>It claims, or sends the first heartbeat of an attempt: one call.</summary>
        Claiming,

        /// <summary>It is in its block: one call of the client, and one step.</summary>
        Training,

        /// <summary>Its training is done: one call.</summary>
        Ending,

        /// <summary>The attempt is over for it: no call, and one step.</summary>
        Leaving,
    }

    public int Number { get; }

    /// <summary>Whether it has no run.</summary>
    public bool IsIdle => _phase == Phase.Claiming && _holding is null;

    /// <summary>Reads what the process prints. Fails when the process ends.</summary>
    public Task Reading { get; }

    /// <summary>Starts a worker.</summary>
    /// <param name="number">Its number.</param>
    /// <param name="server">The server.</param>
    /// <param name="name">Its worker id, which is also the label of the runs that it claims.</param>
    /// <param name="isTakeover">Whether it takes over a run that the name holds.</param>
    /// <param name="schedule">Gives it turns.</param>
    /// <param name="journal">Records what happens to it.</param>
    public static async Task<NamedWorker> StartAsync(
        int number, Uri server, string name, bool isTakeover, Schedule schedule, Journal journal) =>
        new(number, await Proxy.StartAsync(server), name, isTakeover, schedule, journal);

    /// <summary>Whether it waits for all the turns that it can wait for.</summary>
    public bool IsSettled(int calls, int steps) => _phase switch
    {
        Phase.Training => calls > 0 && steps > 0,
        Phase.Leaving => steps > 0,
        _ => calls > 0,
    };

    public async Task<bool> PassAsync(GateRequest request, Func<Task<GateAnswer>> send, CancellationToken cancellationToken)
    {
        if (Journal.Carried(request) is { } carried)
        {
            _journal.Add(new Note(Number, Occurrence.Called, carried));
        }

        GateAnswer answer;
        using (await _schedule.WaitAsync(Number, TurnKind.Call, cancellationToken))
        {
            answer = await send();
            _journal.AddExecuted(Number, request, answer);
        }

        using var delivery = await _schedule.WaitAsync(Number, TurnKind.Call, cancellationToken);
        if (delivery.IsLost)
        {
            return false;
        }

        if (_journal.AddDelivered(Number, request, answer) is { } note)
        {
            Advance(note);
        }

        return true;
    }

    public async ValueTask DisposeAsync()
    {
        await _over.CancelAsync();
        await _process.DisposeAsync();
        await _proxy.DisposeAsync();
        await Reading.ContinueWith(_ => { }, TaskScheduler.Default);
        _over.Dispose();
    }

    private void Advance(Note note)
    {
        switch (note.What)
        {
            case Occurrence.Claimed:
                _holding = note.Holding;
                break;
            case Occurrence.Heard when _phase == Phase.Claiming:
                _phase = Phase.Training;
                break;
            case Occurrence.Fenced when _phase == Phase.Claiming:
                _holding = null;
                break;
            case Occurrence.Fenced or Occurrence.Confirmed:
                _phase = Phase.Leaving;
                break;
        }
    }

    /// <summary>Answers each line of the process in a turn.</summary>
    private async Task ReadAsync()
    {
        while (true)
        {
            var words = (await _process.LineAsync("")).Split(' ');
            var holding = Printed(words[1], int.Parse(words[2], CultureInfo.InvariantCulture));
            var what = words[0] switch { "entered" => Occurrence.Entered, "left" => Occurrence.Left, _ => Occurrence.Stepped };
            _journal.Add(new Note(Number, what, holding, words.ElementAtOrDefault(3) ?? ""));
            using var turn = await _schedule.WaitAsync(Number, TurnKind.Step, _over.Token);
            var isFenced = _journal.IsFenced(Number, holding);
            if (what == Occurrence.Left)
            {
                (_phase, _holding) = (Phase.Claiming, null);
            }
            else if (words[0] == "trained" && !isFenced)
            {
                _phase = Phase.Ending;
            }

            await _process.WriteLineAsync(isFenced ? "fenced" : "go");
        }
    }

    /// <summary>The hand-over that the process prints: the one that it got last. Without a claim id when it prints another.</summary>
    private Holding Printed(string run, int attempt) =>
        _holding is { } holding && (holding.Run, holding.Attempt) == (run, attempt) ? holding : new Holding(run, attempt, null);
}
