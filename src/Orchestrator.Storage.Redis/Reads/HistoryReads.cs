using Orchestrator.Storage.Redis.Connections;
using Orchestrator.Storage.Redis.Rows;
using Orchestrator.Storage.Redis.Shards;

namespace Orchestrator.Storage.Redis.Reads;

/// <summary>Reads what belongs to a run, by sequence: sequences have no gaps, so they are places.</summary>
internal sealed class HistoryReads(RedisServer server, ShardMap shards)
{
    private const int Slice = 500;

    public ValueTask<IReadOnlyList<StateTransition>> ReadTransitionsAsync(RunId run, long after, int limit, CancellationToken cancellationToken) =>
        ReadListAsync(run, ":t", after, limit, StoredJson.Read<StateTransition>, cancellationToken);

    public ValueTask<IReadOnlyList<AuditEntry>> ReadAuditAsync(RunId run, long after, int limit, CancellationToken cancellationToken) =>
        ReadListAsync(run, ":a", after, limit, StoredJson.Read<AuditEntry>, cancellationToken);

    public async ValueTask<IReadOnlyList<Command>> ReadCommandsAsync(RunId run, long after, int limit, CancellationToken cancellationToken)
    {
        var all = new List<Command>();
        for (var isMore = true; isMore && all.Count < limit;)
        {
            var sequences = Enumerable.Range(1, Math.Min(limit - all.Count, Slice)).Select(n => (RedisValue)(after + all.Count + n)).ToArray();
            var commands = await server
                .CallAsync(database => database.HashGetAsync(shards.KeyOf(run).Append(":c"), sequences, CommandFlags.DemandMaster), Repeat.UntilAnswered, cancellationToken)
                .ConfigureAwait(false);
            all.AddRange(commands.TakeWhile(command => !command.IsNull).Select(command => StoredJson.Read<Command>(command.ToString())));
            isMore = !commands[^1].IsNull;
        }

        return all;
    }

    public async ValueTask<IReadOnlyList<RunEvent>> ReadEventsAsync(RunId run, long after, int limit, CancellationToken cancellationToken)
    {
        var events = (string[])(await server
            .EvaluateAsync(Script.Events, [shards.BaseOf(run.Value)], [run.Value, after, limit], Repeat.UntilAnswered, cancellationToken)
            .ConfigureAwait(false))!;
        return [.. events.Select(text => EventRow.Read(run.Value, text))];
    }

    private async ValueTask<IReadOnlyList<T>> ReadListAsync<T>(RunId run, string suffix, long after, int limit, Func<string, T> read, CancellationToken cancellationToken)
    {
        var items = await server
            .CallAsync(database => database.ListRangeAsync(shards.KeyOf(run).Append(suffix), after, after + limit - 1, CommandFlags.DemandMaster), Repeat.UntilAnswered, cancellationToken)
            .ConfigureAwait(false);
        return [.. items.Select(item => read(item.ToString()))];
    }
}
