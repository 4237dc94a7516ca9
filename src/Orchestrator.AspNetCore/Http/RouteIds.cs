using Microsoft.AspNetCore.Http;

namespace Orchestrator.AspNetCore.Http;

/// <summary>The ids in a path. Text that is no id can name nothing, so that it is answered as what does not exist.</summary>
internal static class RouteIds
{
    public const string Run = "id";
    public const string Command = "command_id";

    public static readonly Refusal NoRun = new(RefusalCode.RunNotFound, "There is no such run: an id is 1 to 128 characters of A-Z a-z 0-9 . _ -.");
    public static readonly Refusal NoCommand = new(RefusalCode.CommandNotFound, "The run has no such command: an id is 1 to 128 characters of A-Z a-z 0-9 . _ -.");

    public static bool TryGetRun(HttpContext context, out RunId run) => RunId.TryParse(context.Request.RouteValues[Run] as string, out run);

    public static bool TryGetCommand(HttpContext context, out CommandId command) =>
        CommandId.TryParse(context.Request.RouteValues[Command] as string, out command);
}
