using System.CommandLine;
using Orchestrator.Samples.Cli.CommandLine;
using Orchestrator.Samples.Cli.Output;

namespace Orchestrator.Samples.Cli.Runs;

/// <summary><c>runs list</c></summary>
internal static class ListVerb
{
    private const int Usual = 50;

    public static Verb Create(ServerOptions server)
    {
        var states = Filter<RunState>("--state", "STATE", RunStates.TryParse, Reading.OneOf<RunState>(RunStates.ToWireName));
        var health = Filter<HealthStatus>("--health", "HEALTH", HealthStatuses.TryParse, Reading.OneOf<HealthStatus>(HealthStatuses.ToWireName));
        var experiments = Filter<ExperimentId>("--experiment", "ID", ExperimentId.TryParse, "the id of an experiment");
        var labels = Filter<KeyValuePair<string, string>>("--label", "KEY:VALUE", TryReadLabel, "a label such as team:vision");
        var limit = new Option<int>("--limit") { Description = "At most this many, 1 to 500.", HelpName = "N", DefaultValueFactory = _ => Usual, CustomParser = Reading.Count };
        var cursor = new Option<string?>("--cursor") { Description = "Where to go on, as the page before told.", HelpName = "CURSOR" };
        var verb = new Verb("list", "Lists runs, newest first.") { states, health, experiments, labels, limit, cursor };
        server.SetAction(verb, async (session, parsed, cancellation) =>
        {
            var filter = new RunFilter
            {
                States = parsed.GetValue(states) ?? [],
                Health = parsed.GetValue(health) ?? [],
                Experiments = parsed.GetValue(experiments) ?? [],
                Labels = parsed.GetValue(labels) ?? [],
            };
            var page = (await session.Orchestrator.Runs.ListAsync(
                filter, parsed.GetValue(limit), parsed.GetValue(cursor), cancellationToken: cancellation)).Value;
            Show(session, page);
            return ExitCode.Done;
        });
        return verb;
    }

    private static void Show(Session session, Page<Run> page)
    {
        if (session.Json)
        {
            session.Terminal.WriteJson(new RunListBody(page.Items, page.Next));
            return;
        }

        session.Terminal.Write(RunTable.Of(page.Items, session.Time.GetUtcNow()));
        if (page.Next is not null)
        {
            Terminal.Note($"There are more: --cursor {page.Next}");
        }
    }

    private static Option<T[]> Filter<T>(string name, string helpName, TryRead<T> tryRead, string what) => new(name)
    {
        Description = $"Only those with it, {what}; repeatable.",
        HelpName = helpName,
        CustomParser = Reading.Each(tryRead, what),
    };

    private static bool TryReadLabel(string? text, out KeyValuePair<string, string> label)
    {
        var parts = (text ?? "").Split(':', 2);
        label = parts is [{ Length: > 0 } key, var value] ? new(key, value) : default;
        return label.Key is not null;
    }
}
