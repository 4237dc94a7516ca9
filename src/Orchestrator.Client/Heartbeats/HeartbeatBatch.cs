using System.Buffers;

namespace Orchestrator.Client.Heartbeats;

/// <summary>As many heartbeats as the server takes at once.</summary>
/// <param name="Json">The array of them.</param>
/// <param name="Count">How many they are.</param>
/// <param name="IsRepeatable">Whether each has a number that makes it harmless when it is sent again.</param>
internal sealed record HeartbeatBatch(byte[] Json, int Count, bool IsRepeatable)
{
    private const int MostItems = 1_000;
    private const int MostBytes = 4 * 1_024 * 1_024;

    public static IEnumerable<HeartbeatBatch> Split(IReadOnlyList<Heartbeat> heartbeats)
    {
        var json = new ArrayBufferWriter<byte>();
        var (count, repeatable) = (0, true);
        foreach (var heartbeat in heartbeats)
        {
            var item = HeartbeatRequestBody.Write(heartbeat);
            if (count == MostItems || (count > 0 && json.WrittenCount + item.Length + 2 > MostBytes))
            {
                yield return Close();
            }

            json.Write(count++ == 0 ? "["u8 : ","u8);
            json.Write(item);
            repeatable &= heartbeat.Beat is not null;
        }

        if (count > 0)
        {
            yield return Close();
        }

        HeartbeatBatch Close()
        {
            json.Write("]"u8);
            var batch = new HeartbeatBatch(json.WrittenSpan.ToArray(), count, repeatable);
            json.ResetWrittenCount();
            (count, repeatable) = (0, true);
            return batch;
        }
    }
}
