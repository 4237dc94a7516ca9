namespace Orchestrator.Abstractions.Tests.Results;

public sealed class ResultTests
{
    private static readonly Refusal Refused = new(RefusalCode.RunNotFound, "There is no run 'r1'.");

    [Fact]
    public void A_request_that_succeeded_has_its_answer_and_no_refusal()
    {
        Result<string> result = "answer";

        Assert.Null(result.Refusal);
        Assert.Equal("answer", result.Value);
        Assert.True(result.TryGet(out var value, out var refusal));
        Assert.Equal("answer", value);
        Assert.Null(refusal);
    }

    [Fact]
    public void A_request_that_was_refused_has_its_refusal_and_no_answer()
    {
        Result<string> result = Refused;

        Assert.Same(Refused, result.Refusal);
        Assert.False(result.TryGet(out var value, out var refusal));
        Assert.Null(value);
        Assert.Same(Refused, refusal);
    }

    [Fact]
    public void Taking_the_answer_of_a_refused_request_throws_the_refusal()
    {
        Result<int> result = Refused;

        var thrown = Assert.Throws<RefusedException>(() => result.Value);
        Assert.Same(Refused, thrown.Refusal);
        Assert.Equal("run_not_found: There is no run 'r1'.", thrown.Message);
    }

    [Fact]
    public void An_answer_can_be_nothing_at_all()
    {
        var result = new Result<string?>((string?)null);

        Assert.True(result.TryGet(out var value, out _));
        Assert.Null(value);
    }

    [Fact]
    public void A_refusal_is_never_missing()
    {
        Assert.Throws<ArgumentNullException>(() => new Result<int>(null!));
        Assert.Throws<ArgumentNullException>(() => new RefusedException(null!));
    }

    [Fact]
    public void A_refusal_without_details_has_an_empty_map() => Assert.Empty(Refused.Details);
}
