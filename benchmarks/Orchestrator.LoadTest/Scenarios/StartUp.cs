using System.Runtime.CompilerServices;
using Orchestrator.LoadTest.Hosts;
using Orchestrator.LoadTest.Measuring;
using Orchestrator.LoadTest.Report;

namespace Orchestrator.LoadTest.Scenarios;

/// <summary>From the start of the sample server's process to its first answer, in memory.</summary>
internal sealed class StartUp : Scenario
{
    private const string JustInTime = "start to first answer, compiled just in time";
    private const string AheadOfTime = "start to first answer, compiled ahead of time";

    public override string Name => "start-up";

    public override async IAsyncEnumerable<Row> MeasureAsync(Effort effort, [EnumeratorCancellation] CancellationToken stop)
    {
        var (native, why) = effort.CompilesAheadOfTime ? await SampleServer.AheadOfTimeAsync(stop) : (null, "compiling takes minutes");
        var starts = new List<double>();
        var nativeStarts = new List<double>();
        for (var round = -1; round < effort.Rounds; round++)
        {
            var start = await SampleServer.MeasureStartAsync(SampleServer.JustInTime(), stop);
            var nativeStart = native is null ? 0 : await SampleServer.MeasureStartAsync(native, stop);

            // The first of all reads the files from the disk.
            if (round >= 0)
            {
                starts.Add(start);
                nativeStarts.Add(nativeStart);
            }
        }

        yield return Row.Of(Name, JustInTime, Unit.Milliseconds, starts, Goal.ValueAtMost("P9", 1_000));
        yield return native is null ? Row.Without(Name, AheadOfTime, why!) : Row.Of(Name, AheadOfTime, Unit.Milliseconds, nativeStarts, Goal.ValueAtMost("P9", 150));
    }
}
