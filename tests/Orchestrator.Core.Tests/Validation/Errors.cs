namespace Orchestrator.Core.Tests.Validation;

/// <summary>What a refusal lists as wrong.</summary>
internal static class Errors
{
    /// <summary>The members at fault, in order, each as often as it has faults; empty when nothing was refused.</summary>
    public static string MembersOf(Refusal? refusal) => string.Join(' ', ListOf(refusal).SelectMany(pair => pair.Value.Select(_ => pair.Key)));

    public static IReadOnlyDictionary<string, IReadOnlyList<string>> ListOf(Refusal? refusal)
    {
        if (refusal is null)
        {
            return new Dictionary<string, IReadOnlyList<string>>();
        }

        Assert.Equal(RefusalCode.ValidationFailed, refusal.Code);
        var errors = Assert.IsAssignableFrom<IReadOnlyDictionary<string, IReadOnlyList<string>>>(refusal.Details["errors"]);
        Assert.NotEmpty(errors);
        return errors;
    }
}
