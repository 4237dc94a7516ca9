using System.CommandLine;
using Orchestrator.Samples.Cli.CommandLine;

namespace Orchestrator.Samples.Cli.Events;

/// <summary><c>events</c></summary>
internal static class EventsVerb
{
    public static Verb Create(ServerOptions server)
    {
        var run = RunArguments.Option("Only the events of this run.");
        var types = new Option<EventType[]>("--type")
        {
            Description = $"Only events of this type, {Reading.OneOf<EventType>(EventTypes.ToWireName)}; repeatable.",
            HelpName = "TYPE",
            CustomParser = Reading.Each<EventType>(EventTypes.TryParse, Reading.OneOf<EventType>(EventTypes.ToWireName)),
        };
        var after = new Option<string?>("--after")
        {
            Description = "Begin after this position, as --json tells it; 0 is the start, which is where it begins without --follow. With --follow it begins now.",
            HelpName = "POSITION",
        };
        var follow = new Option<bool>("--follow", "-f") { Description = "Go on with what happens, until Ctrl+C. Without it: what is kept, and no progress." };
        var limit = new Option<int?>("--limit") { Description = "End after this many.", HelpName = "N", CustomParser = result => Reading.Count(result) };
        var verb = new Verb("events", "Prints events, of all runs or of one.") { follow, run, types, after, limit };
        server.SetAction(verb, async (session, parsed, cancellation) =>
        {
            var wanted = new EventSubscription { Run = parsed.GetValue(run), Types = parsed.GetValue(types) ?? [], After = parsed.GetValue(after) };
            var events = parsed.GetValue(follow)
                ? (await session.Orchestrator.SubscribeAsync(wanted, cancellation)).Value
                : new EventHistory(session.Orchestrator, session.Time).ReadAsync(wanted, cancellation);
            await foreach (var message in events.Take(parsed.GetValue(limit) ?? int.MaxValue).WithCancellation(cancellation))
            {
                Show(session, message);
            }

            return ExitCode.Done;
        });
        return verb;
    }

    private static void Show(Session session, EventMessage message)
    {
        if (session.Json)
        {
            session.Terminal.WriteJson(EventJson.Of(message));
        }
        else
        {
            session.Terminal.WriteLine(EventText.Of(message.Event));
        }
    }
}
