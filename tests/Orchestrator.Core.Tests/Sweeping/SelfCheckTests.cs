using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Orchestrator.Core.Storage;
using Orchestrator.Core.Sweeping;

namespace Orchestrator.Core.Tests.Sweeping;

/// <summary>A host is late when it stood still, not when it waited or worked.</summary>
public sealed class SelfCheckTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly SelfCheck _check;

    public SelfCheckTests() => _check = new SelfCheck(new Committer(new InMemoryRunStore(_time), _time, NullLogger<Committer>.Instance), _time, new HealthOptions());

    [Theory]
    [InlineData(0, 5, true)]
    [InlineData(0, 15, true)]
    [InlineData(0, 15.0000001, false)]
    [InlineData(600, 5, true)]
    [InlineData(600, 16, false)]
    public async Task What_counts_is_the_time_from_the_end_of_a_step_to_the_next(double working, double waiting, bool isInTime)
    {
        Assert.Equal(Fitness.Fit, await _check.PassAsync());
        _time.Advance(TimeSpan.FromSeconds(working));
        _check.Rest();
        _time.Advance(TimeSpan.FromSeconds(waiting));

        Assert.Equal(isInTime ? Fitness.Fit : Fitness.Late, await _check.PassAsync());
        Assert.Equal(Fitness.Fit, await _check.PassAsync());
    }

    [Theory]
    [InlineData(5, true)]
    [InlineData(60, false)]
    public async Task A_step_that_is_broken_off_has_no_end(double seconds, bool isInTime)
    {
        Assert.Equal(Fitness.Fit, await _check.PassAsync());
        _time.Advance(TimeSpan.FromSeconds(seconds));

        Assert.Equal(isInTime ? Fitness.Fit : Fitness.Late, await _check.PassAsync());
    }
}
