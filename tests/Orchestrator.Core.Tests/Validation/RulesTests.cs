using Orchestrator.Core.Tests.Runs;
using Orchestrator.Core.Validation;

namespace Orchestrator.Core.Tests.Validation;

public sealed class RulesTests
{
    private static readonly Actor Ada = RunViews.Ada;

    private delegate void Rule(ref Faults faults);

    public static TheoryData<string?, bool, bool> Texts => new()
    {
        { null, true, false },
        { "", true, false },
        { "a", true, true },
        { "abcde", true, true },
        { "abcdef", false, false },
        { "a\0b", false, false },
        { "a\ud800", false, false },
        { "\udc00a", false, false },
        { "\ud800\udc00", true, true },
        { "\ud800\ud800\udc00", false, false },
    };

    [Theory]
    [MemberData(nameof(Texts))]
    public void Text_is_bounded_and_can_be_kept_by_every_store(string? text, bool optional, bool required)
    {
        Assert.Equal(optional, Holds((ref faults) => Rules.Text(ref faults, "m", text, 5)));
        Assert.Equal(required, Holds((ref faults) => Rules.Text(ref faults, "m", text, 5, required: true)));
    }

    [Theory]
    [InlineData(null, true)]
    [InlineData(-1L, false)]
    [InlineData(0L, true)]
    [InlineData(9_007_199_254_740_991, true)]
    [InlineData(9_007_199_254_740_992, false)]
    [InlineData(long.MinValue, false)]
    [InlineData(long.MaxValue, false)]
    public void A_counter_is_from_zero_to_the_largest_exact_integer(long? value, bool holds)
    {
        Assert.Equal(holds, Holds((ref faults) => Rules.Counter(ref faults, "m", value)));
        Assert.Equal(holds && value is not null, Holds((ref faults) => Rules.Counter(ref faults, "m", value, required: true)));
    }

    [Theory]
    [InlineData(null, true)]
    [InlineData(0.0, true)]
    [InlineData(double.MaxValue, true)]
    [InlineData(-double.Epsilon, false)]
    [InlineData(-1.0, false)]
    [InlineData(double.NaN, true)]
    [InlineData(double.PositiveInfinity, true)]
    [InlineData(double.NegativeInfinity, true)]
    public void Throughput_is_not_negative_and_need_not_be_finite(double? value, bool holds) =>
        Assert.Equal(holds, Holds((ref faults) => Rules.Throughput(ref faults, "m", value)));

    [Fact]
    public void An_actor_is_named_or_the_caller_is_known()
    {
        var known = new CallContext { Principal = "ada" };

        Assert.Equal("actor", Members((ref faults) => Rules.Actor(ref faults, null, CallContext.Empty)));
        Assert.Equal("", Members((ref faults) => Rules.Actor(ref faults, null, known)));
        Assert.Equal("", Members((ref faults) => Rules.Actor(ref faults, Ada, CallContext.Empty)));
        Assert.Equal("", Members((ref faults) => Rules.Actor(ref faults, Ada with { Id = new string('a', 256) }, CallContext.Empty)));
        Assert.Equal("actor.id", Members((ref faults) => Rules.Actor(ref faults, Ada with { Id = new string('a', 257) }, CallContext.Empty)));
        Assert.Equal("actor.id actor.type", Members((ref faults) => Rules.Actor(ref faults, new Actor(default, ""), known)));
    }

    [Theory]
    [InlineData(null, true)]
    [InlineData("", false)]
    [InlineData("!~", true)]
    [InlineData("a b", false)]
    [InlineData("a\u007f", false)]
    [InlineData("\u00e9", false)]
    public void An_idempotency_key_is_visible_ascii(string? key, bool holds) =>
        Assert.Equal(holds, Holds((ref faults) => Rules.IdempotencyKey(ref faults, new CallContext { IdempotencyKey = key })));

    [Theory]
    [InlineData(128, true)]
    [InlineData(129, false)]
    public void An_idempotency_key_has_at_most_128_characters(int length, bool holds) =>
        Assert.Equal(holds, Holds((ref faults) => Rules.IdempotencyKey(ref faults, new CallContext { IdempotencyKey = new string('k', length) })));

    [Theory]
    [InlineData(-1, false)]
    [InlineData(0, true)]
    [InlineData(600_000_000, true)]
    [InlineData(600_000_001, false)]
    public void A_wait_is_from_0_to_60_seconds(long ticks, bool holds) =>
        Assert.Equal(holds, Holds((ref faults) => Rules.Wait(ref faults, TimeSpan.FromTicks(ticks))));

    [Theory]
    [InlineData(1, 0, true)]
    [InlineData(63, 256, true)]
    [InlineData(0, 1, false)]
    [InlineData(64, 1, false)]
    [InlineData(1, 257, false)]
    public void A_label_has_a_bounded_key_and_value(int key, int value, bool holds) =>
        Assert.Equal(holds, Holds(Labels(new string('k', key), new string('v', value))));

    [Fact]
    public void A_label_that_no_filter_or_store_could_take_is_refused()
    {
        foreach (var (key, value) in new[] { ("a:b", "v"), ("a\0", "v"), ("a", "\0"), ("a", "\ud800"), ("a", null!) })
        {
            Assert.False(Holds(Labels(key, value)), key);
        }
    }

    [Theory]
    [InlineData(64, true)]
    [InlineData(65, false)]
    public void There_are_at_most_64_labels(int count, bool holds)
    {
        var labels = Enumerable.Range(0, count).ToDictionary(i => $"k{i}", _ => "v");

        Assert.Equal(holds, Holds((ref faults) => Rules.Labels(ref faults, "labels", labels)));
    }

    [Theory]
    [InlineData("""{}""", true)]
    [InlineData("""{"a":[1,{"b":"c"}]}""", true)]
    [InlineData("""[]""", false)]
    [InlineData("""null""", false)]
    [InlineData("""1""", false)]
    [InlineData("""{"a\u0000":1}""", false)]
    [InlineData("""{"a":[{"b":"\u0000"}]}""", false)]
    [InlineData("""{"a":"\ud800"}""", false)]
    [InlineData("""{"\udc00":1}""", false)]
    [InlineData("""{"a":"\ud83d\ude00"}""", true)]
    public void Json_is_an_object_that_every_store_can_keep(string json, bool holds) =>
        Assert.Equal(holds, Holds((ref faults) => Rules.JsonObject(ref faults, "m", RunViews.Json(json))));

    [Fact]
    public void Every_fault_of_every_member_is_listed_at_once()
    {
        var faults = new Faults();
        Assert.Null(faults.ToRefusal());

        faults.Add("b", "is odd");
        faults.Require(true, "c", "is fine");
        faults.Require(false, "a", "is wrong");
        faults.Add("b", "is large");

        var refusal = faults.ToRefusal()!;
        Assert.Equal(["a", "b"], Errors.ListOf(refusal).Keys);
        Assert.Equal(["is odd", "is large"], Errors.ListOf(refusal)["b"]);
        Assert.Equal("The request is not valid: a is wrong; b is odd, is large.", refusal.Message);
    }

    private static Rule Labels(string key, string value) =>
        (ref faults) => Rules.Labels(ref faults, "labels", new Dictionary<string, string> { [key] = value });

    private static bool Holds(Rule rule) => Members(rule).Length == 0;

    private static string Members(Rule rule)
    {
        var faults = new Faults();
        rule(ref faults);
        return Errors.MembersOf(faults.ToRefusal());
    }
}
