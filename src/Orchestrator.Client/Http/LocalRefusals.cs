namespace Orchestrator.Client.Http;

/// <summary>The refusals of what no path or header can carry, as the server would word them.</summary>
internal static class LocalRefusals
{
    public static Refusal NoRun => new(RefusalCode.RunNotFound, "There is no run ''.");

    public static Refusal NoCommand(CommandId command) => new(RefusalCode.CommandNotFound, $"The run has no command '{command}'.");

    public static Refusal NoPosition => new(RefusalCode.CursorExpired, "The position cannot be read, or events after it are no longer kept. Begin anew.");

    public static Refusal Invalid(string member, string fault) =>
        new(RefusalCode.ValidationFailed, $"The request is not valid: {member} {fault}.")
        {
            Details = new Dictionary<string, object?>
            {
                ["errors"] = new Dictionary<string, IReadOnlyList<string>> { [member] = [fault] },
            },
        };
}
