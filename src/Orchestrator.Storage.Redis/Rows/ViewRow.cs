using System.Text.Json;

namespace Orchestrator.Storage.Redis.Rows;

/// <summary>A run as it stands, as <c>view()</c> in <c>layout.lua</c> answers it.</summary>
internal static class ViewRow
{
    private const int Head = 1;
    private const int Commit = 2;
    private const int Progress = 3;

    /// <summary>Reads a run; <see langword="null"/> for none.</summary>
    public static RunView? Read(RedisResult reply)
    {
        if (reply.IsNull)
        {
            return null;
        }

        var row = (RedisResult[])reply!;
        var head = StoredJson.Read<RunHead>((string)row[Head]!);
        var commit = Field.Id(row[Commit]);
        return new RunView(
            // What guards writes counts: hosts of an earlier version write heads without the id of their commit.
            head.CommitId == commit ? head : head with { CommitId = commit },
            ProgressRow.Read(row.AsSpan(Progress, ProgressRow.Width)),
            [.. ((RedisResult[])row[Progress + ProgressRow.Width]!).Select(command => StoredJson.Read<Command>((string)command!))]);
    }

    /// <summary>Reads a run with what was asked for beside it, as <c>load.lua</c> answers it; <see langword="null"/> for none.</summary>
    public static RunView? ReadWhole(RedisResult reply)
    {
        if (reply.IsNull)
        {
            return null;
        }

        var parts = (RedisResult[])reply!;
        return Read(parts[0])! with
        {
            Manifest = parts[1].IsNull ? null : new RunManifest(JsonElement.Parse((string)parts[1]!), JsonElement.Parse((string)parts[2]!)),
            Command = parts[3].IsNull ? null : StoredJson.Read<Command>((string)parts[3]!),
            Idempotency = parts[4].IsNull ? null : StoredJson.Read<IdempotencyRecord>((string)parts[4]!),
        };
    }
}
