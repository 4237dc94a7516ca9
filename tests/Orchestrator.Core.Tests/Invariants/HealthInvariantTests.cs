using Orchestrator.Core.Tests.Sweeping;

namespace Orchestrator.Core.Tests.Invariants;

/// <summary>Random histories of a fleet: workers that beat, fall silent and come back, hosts that restart, and outages of ours.</summary>
public sealed class HealthInvariantTests
{
    private const int Stale = 45;
    private const int Unresponsive = 135;
    private const int Outage = 15;

    public static TheoryData<int> Seeds => new(Enumerable.Range(1, 50));

    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task Invariant_8_each_health_change_is_emitted_once_and_nobody_is_escalated_for_our_own_silence(int seed)
    {
        var random = new Random(seed);
        await using var fleet = await Fleet.StartAsync(hosts: random.Next(1, 4));
        var workers = new List<Worker>();
        for (var i = 0; i < 12; i++)
        {
            workers.Add(new Worker(await fleet.StartRunAsync($"run-{i}"), fleet.Now));
        }

        var recovery = DateTimeOffset.MinValue;
        for (var period = 0; period < 12; period++)
        {
            foreach (var worker in workers.Where(_ => random.Next(4) == 0))
            {
                worker.IsAlive = !worker.IsAlive;
            }

            switch (random.Next(6))
            {
                case 0:
                    // All hosts are away, or the machine stands still.
                    fleet.Time.Advance(TimeSpan.FromSeconds(random.Next(Outage + 1, 600)));
                    for (var host = 0; host < fleet.Hosts.Count; host++)
                    {
                        await (random.Next(2) == 0 ? fleet.RestartAsync(host) : Task.CompletedTask);
                    }

                    await RecoverAsync();
                    break;
                case 1:
                    fleet.IsStoreDown = true;
                    await fleet.PassAsync(5 * random.Next(4, 60));
                    fleet.IsStoreDown = false;
                    await RecoverAsync();
                    break;
                case 2:
                    await fleet.RestartAsync(random.Next(fleet.Hosts.Count));
                    break;
            }

            await fleet.PassAsync(5 * random.Next(1, 40), BeatAsync);
            await CompareAsync();
        }

        // Whoever is silent now is found, at the latest so long after the last recovery.
        await fleet.PassAsync(Unresponsive, BeatAsync);
        await CompareAsync();
        foreach (var worker in workers)
        {
            Assert.Equal(worker.IsAlive ? HealthStatus.Healthy : HealthStatus.Unresponsive, await fleet.HealthOfAsync(worker.Run));
        }

        Task RecoverAsync()
        {
            recovery = fleet.Now;
            return fleet.SweepAsync();
        }

        async Task BeatAsync()
        {
            foreach (var worker in workers)
            {
                worker.Expire(fleet.Now - Fleet.Interval, recovery);
                if (worker.IsAlive)
                {
                    await fleet.BeatAsync(worker.Run);
                    worker.Beat(fleet.Now);
                }
            }
        }

        async Task CompareAsync()
        {
            foreach (var worker in workers)
            {
                worker.Expire(fleet.Now, recovery);
                var told = (await fleet.EventsOfAsync(worker.Run)).Select(found => found.Data).OfType<HealthChangedData>().ToList();
                Assert.Equal(worker.Told, told.Select(change => change.To));
                Assert.Equal(HealthStatus.Healthy, told.Count == 0 ? HealthStatus.Healthy : told[0].From);
                Assert.Equal(told.SkipLast(1).Select(change => change.To), told.Skip(1).Select(change => change.From));
                Assert.Equal(
                    worker.Told.Count(health => health == HealthStatus.Unresponsive), await fleet.CountAsync(worker.Run, EventType.RunTerminateRecommended));
            }
        }
    }

    /// <summary>A worker, and what must have been told of its run.</summary>
    private sealed class Worker(RunId run, DateTimeOffset lastBeat)
    {
        private DateTimeOffset _lastBeat = lastBeat;

        public RunId Run => run;

        public bool IsAlive { get; set; } = true;

        public List<HealthStatus> Told { get; } = [];

        private HealthStatus Health => Told.Count == 0 ? HealthStatus.Healthy : Told[^1];

        public void Beat(DateTimeOffset now)
        {
            _lastBeat = now;
            if (Health != HealthStatus.Healthy)
            {
                Told.Add(HealthStatus.Healthy);
            }
        }

        /// <summary>What a sweep at this moment must have told.</summary>
        public void Expire(DateTimeOffset now, DateTimeOffset recovery)
        {
            var silence = (now - (_lastBeat > recovery ? _lastBeat : recovery)).TotalSeconds;
            if (silence >= Stale && Health == HealthStatus.Healthy)
            {
                Told.Add(HealthStatus.HeartbeatStale);
            }

            if (silence >= Unresponsive && Health == HealthStatus.HeartbeatStale)
            {
                Told.Add(HealthStatus.Unresponsive);
            }
        }
    }
}
