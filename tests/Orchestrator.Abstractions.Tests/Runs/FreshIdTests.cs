using CsCheck;

namespace Orchestrator.Abstractions.Tests.Runs;

public sealed class FreshIdTests
{
    private static readonly Gen<DateTimeOffset> Moments = Gen.Long[0, 4_000_000_000_000].Select(DateTimeOffset.FromUnixTimeMilliseconds);

    public static TheoryData<string, Func<DateTimeOffset, string>> Kinds { get; } = new()
    {
        { "run", now => RunId.New(now).Value },
        { "command", now => CommandId.New(now).Value },
    };

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_fresh_id_is_a_UUID_of_version_7_that_carries_its_time_and_sorts_by_it(string kind, Func<DateTimeOffset, string> fresh) =>
        Gen.Select(Moments, Gen.Int[1, 1_000_000]).Sample((now, later) =>
        {
            var (first, second) = (fresh(now), fresh(now.AddMilliseconds(later)));
            Assert.Equal(7, Guid.ParseExact(first, "D").Version);
            Assert.Equal(now.ToUnixTimeMilliseconds(), Convert.ToInt64(first.Replace("-", "", StringComparison.Ordinal)[..12], 16));
            Assert.True(string.CompareOrdinal(first, second) < 0, $"{kind} {first} sorts after {second}");
        });

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Fresh_ids_of_one_moment_are_apart(string kind, Func<DateTimeOffset, string> fresh)
    {
        var ids = Enumerable.Range(0, 1_000).Select(_ => fresh(DateTimeOffset.UnixEpoch.AddYears(50)));

        Assert.True(ids.Distinct().Count() == 1_000, kind);
    }
}
