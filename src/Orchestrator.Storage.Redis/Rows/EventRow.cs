namespace Orchestrator.Storage.Redis.Rows;

/// <summary>A durable event as a text: sequence, type, attempt, time and data, with a space between.</summary>
internal static class EventRow
{
    private const int Parts = 5;

    public static RedisValue Write(RunEvent told) => string.Create(
        CultureInfo.InvariantCulture,
        $"{told.Sequence} {told.Type.ToWireName()} {told.Attempt} {Field.Microseconds(told.Time)} {StoredJson.WriteData(told.Data)}");

    /// <param name="run">The run that it tells of; empty for the fleet.</param>
    /// <param name="text">What <see cref="Write"/> wrote.</param>
    public static RunEvent Read(string run, string text)
    {
        var parts = text.Split(' ', Parts);
        return StoredJson.ReadEvent(
            Number(parts[0]), parts[1], Field.Time(Number(parts[3])), run.Length == 0 ? default : RunId.Parse(run), (int)Number(parts[2]), parts[4]);
    }

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);
}
