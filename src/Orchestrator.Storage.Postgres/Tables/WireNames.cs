namespace Orchestrator.Storage.Postgres.Tables;

/// <summary>Reads the names that stand in the tables for closed sets of values.</summary>
internal static class WireNames
{
    private delegate bool TryParse<T>(string? name, out T value);

    public static RunState State(string name) => Parse<RunState>(RunStates.TryParse, name);

    public static HealthStatus Health(string name) => Parse<HealthStatus>(HealthStatuses.TryParse, name);

    public static EndReason EndReason(string name) => Parse<EndReason>(EndReasons.TryParse, name);

    public static RuntimeStatus RuntimeStatus(string name) => Parse<RuntimeStatus>(RuntimeStatuses.TryParse, name);

    public static CommandType CommandType(string name) => Parse<CommandType>(CommandTypes.TryParse, name);

    public static CommandStatus CommandStatus(string name) => Parse<CommandStatus>(CommandStatuses.TryParse, name);

    public static ActorType ActorType(string name) => Parse<ActorType>(ActorTypes.TryParse, name);

    private static T Parse<T>(TryParse<T> tryParse, string name) =>
        tryParse(name, out var value) ? value : throw new InvalidDataException($"the database holds '{name}', which is no {typeof(T).Name}; a newer version may have written it");
}
