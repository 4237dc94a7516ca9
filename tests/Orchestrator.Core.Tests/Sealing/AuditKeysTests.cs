using Orchestrator.Core.Sealing;
using Orchestrator.Core.Tests.Audit;

namespace Orchestrator.Core.Tests.Sealing;

public sealed class AuditKeysTests
{
    [Fact]
    public void TheDefaultsAreSoundAndHaveNoKey()
    {
        Assert.Empty(AuditKeys.FindFaults(new AuditOptions()));
        Assert.Null(new AuditKeys(new AuditOptions()).Current);
    }

    [Fact]
    public void TheNamedKeySeals()
    {
        var options = AuditChain.Keyed("old", "new");

        Assert.Empty(AuditKeys.FindFaults(options));
        Assert.Equal(Convert.FromBase64String(AuditChain.Secret("new")), new AuditKeys(options).Current);
    }

    [Fact]
    public void AnUnknownKeyIdIsNamedWithTheKeysThatThereAre()
    {
        var options = AuditChain.Keyed("a", "b");
        options.KeyId = "c";

        Assert.Equal(["Audit:KeyId is c; it must be one of Audit:Keys (a, b)."], AuditKeys.FindFaults(options));
        Assert.Equal(["Audit:KeyId is c; it must be one of Audit:Keys (none)."], AuditKeys.FindFaults(new AuditOptions { KeyId = "c" }));
    }

    [Theory]
    [InlineData("not base64!", "Audit:Keys:k is not base64.")]
    [InlineData("c2VjcmV0", "Audit:Keys:k has 6 bytes; it must have at least 32.")]
    [InlineData("", "Audit:Keys:k has 0 bytes; it must have at least 32.")]
    public void ABadKeyIsNamedAndNotShown(string key, string fault)
    {
        var options = new AuditOptions { KeyId = "k" };
        options.Keys.Add("k", key);

        Assert.Equal([fault], AuditKeys.FindFaults(options));
    }

    [Fact]
    public void AnIdThatIsTooLongIsRefused()
    {
        var options = AuditChain.Keyed(new string('i', 129));

        Assert.Contains("129 characters", Assert.Single(AuditKeys.FindFaults(options)), StringComparison.Ordinal);
    }
}
