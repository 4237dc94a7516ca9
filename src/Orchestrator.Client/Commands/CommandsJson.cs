using System.Text.Json.Serialization;
using Orchestrator.Client.Http;

namespace Orchestrator.Client.Commands;

internal sealed class CommandListBody
{
    public required IReadOnlyList<Command> Commands { get; init; }

    public string? NextCursor { get; init; }
}

/// <summary>The types of Abstractions are what is on the wire, member for member.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    Converters =
    [
        typeof(IdConverter<RunId>), typeof(IdConverter<CommandId>), typeof(CommandTypeConverter), typeof(CommandStatusConverter),
        typeof(AckOutcomeConverter), typeof(ActorTypeConverter),
    ])]
[JsonSerializable(typeof(Command))]
[JsonSerializable(typeof(CommandListBody))]
[JsonSerializable(typeof(NewCommand))]
[JsonSerializable(typeof(Acknowledgement))]
internal sealed partial class CommandsJson : JsonSerializerContext;
