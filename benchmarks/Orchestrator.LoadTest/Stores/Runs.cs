using System.Globalization;

namespace Orchestrator.LoadTest.Stores;

/// <summary>The runs of one store, by number, and how far each is: a step is never taken back, whoever reported the one before.</summary>
internal sealed class Runs(int count)
{
    public const string Prefix = "run-";
    public const int Digits = 6;

    /// <summary>The step of the first heartbeat, of as many digits as any.</summary>
    private const long First = 1_000_000_000;

    private readonly long[] _steps = [.. Enumerable.Repeat(First, count)];

    public static string IdOf(int run) => Prefix + run.ToString("D" + Digits, CultureInfo.InvariantCulture);

    /// <summary>Different runs for each caller, so that no two callers meet.</summary>
    /// <param name="caller">The caller.</param>
    /// <param name="callers">How many there are.</param>
    /// <param name="call">Its how-manieth call.</param>
    public int Of(int caller, int callers, int call) => caller + (call % (count / callers) * callers);

    public long NextStep(int run) => ++_steps[run];

    /// <summary>Every so manieth of the runs that reported, with its last step.</summary>
    public IEnumerable<(int Run, long Step)> Sample(int every)
    {
        for (var run = 0; run < count; run += every)
        {
            if (_steps[run] != First)
            {
                yield return (run, _steps[run]);
            }
        }
    }
}
