using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Orchestrator.Samples.Cli.CommandLine;

namespace Orchestrator.Samples.Cli.Commands;

/// <summary><c>pause</c>, <c>resume</c>, <c>tune</c> and <c>terminate</c></summary>
internal static class ControlVerbs
{
    public static Verb Pause(ServerOptions server) =>
        Create(server, new Verb("pause", "Tells the worker to hold the run."), (_, actor) => NewCommand.Pause(actor));

    public static Verb Resume(ServerOptions server) =>
        Create(server, new Verb("resume", "Tells the worker to go on with the run."), (_, actor) => NewCommand.Resume(actor));

    public static Verb Tune(ServerOptions server)
    {
        var values = new Argument<KeyValuePair<string, double>[]>("NAME=VALUE")
        {
            Description = "Tunables that the server knows, and their new values.",
            Arity = ArgumentArity.OneOrMore,
            CustomParser = ReadSettings,
        };
        var reason = new Option<string?>("--reason") { Description = "Why, for the worker and the record (notes).", HelpName = "TEXT" };
        return Create(server, new Verb("tune", "Tells the worker to change settings of the run.") { reason }, ToCommand, values);

        NewCommand ToCommand(ParseResult parsed, Actor actor)
        {
            var payload = new JsonObject(parsed.GetRequiredValue(values).Select(set => KeyValuePair.Create(set.Key, (JsonNode?)set.Value)));
            if (parsed.GetValue(reason) is { } notes)
            {
                payload["notes"] = notes;
            }

            return new NewCommand { Type = CommandType.Tune, Actor = actor, Payload = JsonElement.Parse(payload.ToJsonString()) };
        }
    }

    public static Verb Terminate(ServerOptions server)
    {
        var reason = new Option<string>("--reason") { Description = "Why: up to 256 characters.", HelpName = "TEXT", Required = true };
        var checkpoint = new Option<bool>("--final-checkpoint") { Description = "Have the worker save a last checkpoint first." };
        return Create(
            server,
            new Verb("terminate", "Ends the run, whether its worker answers or not.") { reason, checkpoint },
            (parsed, actor) => NewCommand.Terminate(actor, parsed.GetRequiredValue(reason), parsed.GetValue(checkpoint)));
    }

    private static Verb Create(ServerOptions server, Verb verb, Func<ParseResult, Actor, NewCommand> toCommand, params ReadOnlySpan<Argument> more)
    {
        var run = RunArguments.One();
        verb.Add(run);
        foreach (var argument in more)
        {
            verb.Add(argument);
        }

        var options = new ControlOptions();
        options.AddTo(verb);
        server.SetAction(verb, (session, parsed, cancellation) =>
        {
            var manner = options.Read(parsed, session.Time.GetUtcNow());
            return new Submission(session, manner).RunAsync(parsed.GetValue(run), toCommand(parsed, manner.Actor), cancellation);
        });
        return verb;
    }

    private static KeyValuePair<string, double>[] ReadSettings(ArgumentResult result)
    {
        var settings = Reading.Each<KeyValuePair<string, double>>(TryReadSetting, "a name and a number, such as learning_rate=0.01")(result);
        foreach (var twice in settings.GroupBy(set => set.Key, StringComparer.Ordinal).Where(group => group.Count() > 1))
        {
            result.AddError($"'{twice.Key}' is given twice.");
        }

        return settings;
    }

    private static bool TryReadSetting(string? text, out KeyValuePair<string, double> setting)
    {
        setting = (text ?? "").Split('=', 2) is [{ Length: > 0 } name, var number]
            && double.TryParse(number, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && double.IsFinite(value)
            ? new(name, value)
            : default;
        return setting.Key is not null;
    }
}
