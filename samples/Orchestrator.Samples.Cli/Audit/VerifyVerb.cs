using Orchestrator.Samples.Cli.CommandLine;
using Orchestrator.Samples.Cli.Output;
using Spectre.Console;

namespace Orchestrator.Samples.Cli.Audit;

/// <summary><c>audit verify</c></summary>
internal static class VerifyVerb
{
    public static Verb Create(ServerOptions server)
    {
        var id = RunArguments.One();
        var verb = new Verb("verify", "Has the audit chain of a run recomputed, and shows where it is broken.") { id };
        server.SetAction(verb, async (session, parsed, cancellation) =>
        {
            var run = parsed.GetValue(id);
            var verdict = (await session.Orchestrator.Audit.VerifyAsync(run, cancellation)).Value;
            if (session.Json)
            {
                session.Terminal.WriteJson(verdict);
            }
            else if (verdict.FirstBroken is { } broken)
            {
                ShowBreak(session.Terminal, run, verdict, broken, await session.Orchestrator.Audit.ListAllAsync(run, cancellation).ToListAsync(cancellation));
            }
            else if (verdict.UnknownVersion is { } unknown)
            {
                session.Terminal.WriteLine(
                    $"{run}: nothing is broken, but the server does not know the hash version of entry {unknown}, of {verdict.Entries} entries: ask a newer one");
            }
            else
            {
                session.Terminal.WriteLine($"{run}: the audit chain is valid, {verdict.Entries} entries");
            }

            return verdict.Valid ? ExitCode.Done : ExitCode.Broken;
        });
        return verb;
    }

    private static void ShowBreak(Terminal terminal, RunId run, AuditVerdict verdict, long broken, IReadOnlyList<AuditEntry> entries)
    {
        terminal.WriteLine($"{run}: the audit chain is broken at entry {broken}, of {verdict.Entries} entries: {Tampering.Describe(entries, broken)}");
        var table = Cells.Table("ENTRY", "AT", "BY", "ACTION", "PREVIOUS HASH", "HASH");
        foreach (var entry in Tampering.Around(entries, broken))
        {
            table.AddRow(
                Cells.Of(Cells.Number(entry.Sequence)),
                Cells.Of(Cells.Time(entry.CreatedAt)),
                Cells.Of(entry.ActorId),
                Cells.Of(entry.Action),
                Cells.Of(entry.PrevHash),
                Cells.Of(entry.EntryHash));
        }

        terminal.WriteLine();
        terminal.Write(table);
    }
}
