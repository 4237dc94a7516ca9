namespace Orchestrator;

/// <summary>Times as they are kept in objects of which there are many: 0 for none.</summary>
internal static class UtcTicks
{
    public static DateTimeOffset? ToTime(long ticks) => ticks == 0 ? null : new DateTimeOffset(ticks, TimeSpan.Zero);

    public static long Of(DateTimeOffset? time) => time?.UtcTicks ?? 0;
}
