using System.CommandLine;
using Orchestrator.Samples.Cli.CommandLine;
using Orchestrator.Samples.Cli.Output;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Orchestrator.Samples.Cli.Runs;

/// <summary><c>runs watch</c></summary>
internal static class WatchVerb
{
    private static readonly RunFilter NotEnded = new() { States = [.. Enum.GetValues<RunState>().Where(state => !state.IsTerminal())] };

    public static Verb Create(ServerOptions server)
    {
        var ids = RunArguments.Any("The runs. Without one: all that have not ended.");
        var pause = new Option<double>("--interval")
        {
            Description = "The time between two looks.",
            HelpName = "SECONDS",
            DefaultValueFactory = _ => 1,
            CustomParser = Reading.Seconds,
        };
        var verb = new Verb("watch", "Watches runs until all of them have ended: a table that changes in a terminal, else a line for each change.") { ids, pause };
        server.SetAction(verb, async (session, parsed, cancellation) =>
        {
            var watch = new RunWatch(session.Orchestrator.Runs, TimeSpan.FromSeconds(parsed.GetValue(pause)), session.Time);
            RunId[] wanted = parsed.GetValue(ids) is { Length: > 0 } given
                ? [.. given.Distinct()]
                : await session.Orchestrator.Runs.ListAllAsync(NotEnded, cancellationToken: cancellation).Select(run => run.Id).ToArrayAsync(cancellation);
            if (wanted.Length == 0)
            {
                Terminal.Note("No run is on.");
                return ExitCode.Done;
            }

            var sights = watch.FollowAsync(wanted, cancellation);
            var last = session.Terminal.IsLive && !session.Json ? await ShowTableAsync(session, sights) : await ShowLinesAsync(session, sights);
            return last.Any(run => run.State == RunState.Failed) ? ExitCode.NotDone : ExitCode.Done;
        });
        return verb;
    }

    private static Task<IReadOnlyList<Run>> ShowTableAsync(Session session, IAsyncEnumerable<Sight> sights) =>
        session.Terminal.LiveAsync(Text.Empty, async show =>
        {
            IReadOnlyList<Run> last = [];
            await foreach (var sight in sights)
            {
                IRenderable table = RunTable.Of(sight.Runs, session.Time.GetUtcNow());
                show(sight.Outage is null ? table : new Rows(table, new Text(Printable.Of(sight.Outage.Message), Color.Red)));
                last = sight.Runs;
            }

            return last;
        });

    private static async Task<IReadOnlyList<Run>> ShowLinesAsync(Session session, IAsyncEnumerable<Sight> sights)
    {
        var shown = new Dictionary<RunId, Run>();
        var isAway = false;
        IReadOnlyList<Run> last = [];
        await foreach (var sight in sights)
        {
            foreach (var run in sight.Runs.Where(run => IsNew(shown.GetValueOrDefault(run.Id), run)))
            {
                Show(session, run);
                shown[run.Id] = run;
            }

            if (sight.Outage is not null && !isAway)
            {
                Terminal.Note(sight.Outage.Message);
            }

            (isAway, last) = (sight.Outage is not null, sight.Runs);
        }

        return last;
    }

    private static void Show(Session session, Run run)
    {
        if (session.Json)
        {
            session.Terminal.WriteJson(run);
        }
        else
        {
            session.Terminal.WriteLine(RunTable.Line(run));
        }
    }

    private static bool IsNew(Run? shown, Run run) => shown is null || shown.Revision != run.Revision || shown.Heartbeats != run.Heartbeats;
}
