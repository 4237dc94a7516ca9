using Microsoft.Extensions.Options;

namespace Orchestrator.Samples.ExistingApi.Authentication;

/// <summary>A key that somebody holds. The key itself is nowhere, only its hash; it is random and long, so that a plain hash is enough.</summary>
internal sealed class ApiKey
{
    /// <summary>What its holder may do: <c>worker</c>, <c>operator</c> or <c>viewer</c>.</summary>
    public string Role { get; set; } = "";

    /// <summary>The SHA-256 of the key, in hexadecimal digits.</summary>
    public string Sha256 { get; set; } = "";
}

/// <summary>The keys by the names of their holders, from the configuration section <c>ApiKeys</c>.</summary>
internal sealed class ApiKeyOptions : Dictionary<string, ApiKey>;

/// <summary>Refuses keys that could never work, so that a typing error is found at the start.</summary>
internal sealed class ApiKeyOptionsValidator : IValidateOptions<ApiKeyOptions>
{
    public ValidateOptionsResult Validate(string? name, ApiKeyOptions options)
    {
        var faults = options
            .SelectMany(key => new[]
            {
                key.Value.Role is Roles.Worker or Roles.Operator or Roles.Viewer ? null : $"ApiKeys:{key.Key}:Role must be worker, operator or viewer.",
                key.Value.Sha256 is { Length: 64 } hash && hash.All(char.IsAsciiHexDigit) ? null : $"ApiKeys:{key.Key}:Sha256 must be 64 hexadecimal digits.",
            })
            .OfType<string>()
            .ToList();
        return faults.Count > 0 ? ValidateOptionsResult.Fail(faults) : ValidateOptionsResult.Success;
    }
}
