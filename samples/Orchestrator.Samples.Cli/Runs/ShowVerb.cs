using Orchestrator.Samples.Cli.CommandLine;
using Orchestrator.Samples.Cli.Commands;
using Orchestrator.Samples.Cli.Output;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Orchestrator.Samples.Cli.Runs;

/// <summary><c>runs show</c></summary>
internal static class ShowVerb
{
    public static Verb Create(ServerOptions server)
    {
        var id = RunArguments.One();
        var verb = new Verb("show", "Shows a run with its manifest and, without --json, its commands.") { id };
        server.SetAction(verb, async (session, parsed, cancellation) =>
        {
            var run = (await session.Orchestrator.Runs.GetAsync(parsed.GetValue(id), cancellation)).Value;
            if (session.Json)
            {
                session.Terminal.WriteJson(run);
                return ExitCode.Done;
            }

            var commands = await session.Orchestrator.Commands.ListAllAsync(run.Id, cancellation).ToListAsync(cancellation);
            session.Terminal.Write(Details(run, session.Time.GetUtcNow()));
            if (commands.Count > 0)
            {
                session.Terminal.WriteLine();
                session.Terminal.Write(CommandTable.Of(commands));
            }

            return ExitCode.Done;
        });
        return verb;
    }

    private static Grid Details(Run run, DateTimeOffset now)
    {
        var grid = new Grid().AddColumn(new GridColumn().NoWrap()).AddColumn();
        Add("run", Cells.Of(run.Id.Value));
        Add("experiment", Cells.Of($"{run.ExperimentId} {run.VersionId}"));
        Add("state", Cells.Of(run.State));
        AddText("end", run.EndReason is { } reason ? $"{reason.ToWireName()}, {Cells.Time(run.EndedAt)}" : null);
        Add("health", Cells.Of(run.HealthStatus));
        AddText("snoozed until", run.SnoozedUntil is { } until ? Cells.Time(until) : null);
        AddText("last refusal", run.LastRefusal is { } refusal ? $"{refusal.Name}, {Cells.Ago(refusal.At, now)}" : null);
        AddText("message", run.StatusMessage);
        AddText("worker", run.WorkerId);
        AddText("attempt", Cells.Number(run.Attempt));
        AddText("seen", run.LastHeartbeatAt is { } seen ? Cells.Ago(seen, now) : null);
        AddText("step", Cells.Number(run.CurrentStep));
        AddText("loss", run.Loss is { } loss ? Cells.Number(loss) : null);
        AddText("samples/s", run.SamplesPerSec is { } speed ? Cells.Number(speed) : null);
        AddText("checkpoint", $"{run.CheckpointVersion} {run.CheckpointUri}".TrimEnd());
        AddText("metrics", Pairs(run.Metrics?.Select(metric => (metric.Key, Cells.Number(metric.Value)))));
        AddText("tuned", Pairs(run.Tuned.Select(tuned => (tuned.Key, Cells.Number(tuned.Value.Value)))));
        AddText("labels", Pairs(run.Labels.Select(label => (label.Key, label.Value))));
        AddText("priority", Cells.Number(run.Priority));
        AddText("created", $"{Cells.Time(run.CreatedAt)} {run.CreatedBy}".TrimEnd());
        AddText("started", run.StartedAt is { } started ? Cells.Time(started) : null);
        AddText("manifest", run.LaunchManifest?.GetRawText());
        AddText("overrides", run.Overrides?.GetRawText());
        return grid;

        void AddText(string name, string? value)
        {
            if (value is { Length: > 0 })
            {
                Add(name, Cells.Of(value));
            }
        }

        void Add(string name, IRenderable value) => grid.AddRow(new Text(name, Color.Grey), value);
    }

    private static string Pairs(IEnumerable<(string Name, string Value)>? pairs) => string.Join(" ", (pairs ?? []).Select(pair => $"{pair.Name}={pair.Value}"));
}
