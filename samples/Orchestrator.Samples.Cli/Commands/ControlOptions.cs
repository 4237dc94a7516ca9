using System.CommandLine;
using Orchestrator.Samples.Cli.CommandLine;

namespace Orchestrator.Samples.Cli.Commands;

/// <summary>How a command is given, whichever it is.</summary>
/// <param name="Actor">Who gives it.</param>
/// <param name="Key">What recognises it when it is given again.</param>
/// <param name="IsKeyGiven">Whether the operator chose the key.</param>
/// <param name="ExpiresAt">When it lapses if it was not delivered.</param>
/// <param name="Wait">How long to wait for what comes of it; <see langword="null"/> for not at all.</param>
internal sealed record Manner(Actor Actor, string Key, bool IsKeyGiven, DateTimeOffset? ExpiresAt, TimeSpan? Wait);

/// <summary>The options of every verb that gives a command.</summary>
internal sealed class ControlOptions
{
    private const string ActorVariable = "ORCHESTRATOR_ACTOR";

    private readonly Option<string> _actor = new("--actor")
    {
        Description = $"Who gives the command, or {ActorVariable}. A server that authenticates its callers records it beside the caller.",
        HelpName = "NAME",
        DefaultValueFactory = _ => Environment.GetEnvironmentVariable(ActorVariable) is { Length: > 0 } actor ? actor : Environment.UserName,
    };

    private readonly Option<string?> _key = new("--idempotency-key")
    {
        Description = "Recognises the command when it is given again: the same key with the same command has the effect of once. Without one, a fresh one.",
        HelpName = "KEY",
    };

    private readonly Option<DateTimeOffset?> _expiry = new("--expires-at")
    {
        Description = "Lapses if it was not delivered by then. Without it: never.",
        HelpName = "TIME",
        CustomParser = result => Reading.Time(result),
    };

    private readonly Option<bool> _wait = new("--wait") { Description = "Wait until the worker has answered." };

    private readonly Option<double> _timeout = new("--timeout")
    {
        Description = "How long --wait waits.",
        HelpName = "SECONDS",
        DefaultValueFactory = _ => 60,
        CustomParser = Reading.Seconds,
    };

    public void AddTo(Verb verb)
    {
        verb.Add(_wait);
        verb.Add(_timeout);
        verb.Add(_expiry);
        verb.Add(_actor);
        verb.Add(_key);
        verb.Validators.Add(result =>
        {
            if (result.GetResult(_timeout) is { Implicit: false } && !result.GetValue(_wait))
            {
                result.AddError("--timeout is of no use without --wait.");
            }
        });
    }

    public Manner Read(ParseResult parsed, DateTimeOffset now) => new(
        new Actor(ActorType.Operator, parsed.GetRequiredValue(_actor)),
        parsed.GetValue(_key) ?? Guid.CreateVersion7(now).ToString(),
        parsed.GetValue(_key) is not null,
        parsed.GetValue(_expiry),
        parsed.GetValue(_wait) ? TimeSpan.FromSeconds(parsed.GetValue(_timeout)) : null);
}
