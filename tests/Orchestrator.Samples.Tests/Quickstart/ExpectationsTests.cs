using System.Text.Json.Nodes;
using Orchestrator.Samples.Quickstart.Operator;

namespace Orchestrator.Samples.Tests.Quickstart;

public sealed class ExpectationsTests
{
    private readonly JsonNode _run = JsonNode.Parse(
        """{"state":"terminated","end_reason":"terminated","tuned":{"learning_rate":0.2},"checkpoint_version":7}""")!;

    private readonly JsonArray _commands = [.. Plan.Moves.Select(move => new JsonObject { ["type"] = move.Type, ["status"] = "applied" })];

    private readonly JsonObject _audit = new() { ["valid"] = true };

    [Fact]
    public void A_run_that_obeyed_has_no_faults() => Assert.Empty(Expectations.Check(_run, _commands, _audit, savedCheckpoint: 7));

    [Theory]
    [InlineData("state", "\"running\"", "the state is running, not terminated")]
    [InlineData("end_reason", "\"forced\"", "the end reason is forced, not terminated")]
    [InlineData("tuned", "{}", "the learning rate in force is missing, not 0.2")]
    [InlineData("checkpoint_version", "6", "the checkpoint on the disk is 7, not 6")]
    public void A_run_that_did_not_obey_is_told(string member, string value, string fault)
    {
        _run[member] = JsonNode.Parse(value);

        Assert.Contains(fault, Assert.Single(Expectations.Check(_run, _commands, _audit, savedCheckpoint: 7)), StringComparison.Ordinal);
    }

    [Fact]
    public void An_audit_chain_that_was_tampered_with_is_told()
    {
        _audit["valid"] = false;

        Assert.Contains("the audit chain is valid is False", Assert.Single(Expectations.Check(_run, _commands, _audit, savedCheckpoint: 7)), StringComparison.Ordinal);
    }

    [Fact]
    public void A_command_that_was_not_applied_is_told()
    {
        _commands[1]!["status"] = "superseded";

        Assert.Equal("Of the run, the command pause is superseded, not applied.", Assert.Single(Expectations.Check(_run, _commands, _audit, savedCheckpoint: 7)));
    }

    [Fact]
    public void A_command_that_is_missing_is_told()
    {
        _commands.RemoveAt(0);

        Assert.Contains("the number of commands is 3, not 4", Assert.Single(Expectations.Check(_run, _commands, _audit, savedCheckpoint: 7)), StringComparison.Ordinal);
    }
}
