using Orchestrator.Core.Sweeping;

namespace Orchestrator.Core.Tests.Sweeping;

public sealed class SweepMarkTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 31, 12, 0, 0, TimeSpan.Zero);
    private static readonly SweepMark Before = new(Now.AddHours(-1), Now.AddHours(-2), Now.AddHours(-1), Now.AddHours(-1).AddSeconds(45));

    [Fact]
    public void The_first_sweep_ever_notices_silence_from_then_on() =>
        Assert.Equal(new SweepMark(Now, Now), SweepMark.Next(null, Now, Fleet.Interval));

    [Theory]
    [InlineData(5, true, false)]
    [InlineData(15, true, false)]
    [InlineData(15.0000001, true, true)]
    [InlineData(86_400, true, true)]
    [InlineData(0, false, false)]
    [InlineData(-3, false, false)]
    [InlineData(-15, false, false)]
    [InlineData(-15.0000001, true, true)]
    [InlineData(-3_600, true, true)]
    public void A_gap_of_more_than_three_intervals_either_way_is_a_break(double gap, bool isMoved, bool isBreak)
    {
        var at = Now.AddTicks(-(long)Math.Round(gap * TimeSpan.TicksPerSecond));
        var before = Before with { At = at };

        Assert.Equal(before with { At = isMoved ? Now : at, Since = isBreak ? Now : Before.Since }, SweepMark.Next(before, Now, Fleet.Interval));
    }

    [Theory]
    [InlineData(null, true)]
    [InlineData(0, false)]
    [InlineData(180, false)]
    [InlineData(181, true)]
    public void A_silence_of_the_fleet_is_news_when_the_last_is_long_over(int? secondsAgo, bool isNews)
    {
        var before = new SweepMark(Now, Now, secondsAgo is { } ago ? Now.AddSeconds(-ago) : null);

        Assert.Equal(before with { SilentAt = Now, PolicyWaitsUntil = Now.AddSeconds(45) }, before.WithSilence(Now, new HealthOptions(), out var told));
        Assert.Equal(isNews, told);
    }

    [Fact]
    public void What_a_newer_version_keeps_in_the_mark_survives_every_sweep_and_every_silence()
    {
        var stored = SweepMark.Read("""{"At":"2026-01-31T11:59:57Z","Since":"2026-01-31T10:00:00Z","Unfit":{"host":"b","n":1.10}}""");

        var next = SweepMark.Next(stored, Now, Fleet.Interval);
        var afterBreak = SweepMark.Next(next, Now.AddDays(1), Fleet.Interval);
        foreach (var mark in new[] { next, afterBreak, afterBreak.WithSilence(Now, new HealthOptions(), out _) })
        {
            Assert.Contains("""
                "Unfit":{"host":"b","n":1.10}
                """, mark.Write(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void What_is_written_is_read() => Assert.Equal(Before, SweepMark.Read(Before.Write()));
}
