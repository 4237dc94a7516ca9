using System.Security.Cryptography;
using System.Text;

namespace Orchestrator.Core.Storage;

/// <summary>A call that may change a run: what it is, who makes it, and how to know it again.</summary>
/// <param name="Operation">The name of the operation, such as <c>runs.create</c>.</param>
/// <param name="Context">What is known of the caller.</param>
/// <param name="Key">The idempotency key, made unique over callers and operations; <see langword="null"/> when none was given.</param>
/// <param name="RequestHash">The fingerprint of the request; <see langword="null"/> where nobody needs it.</param>
internal sealed record Call(string Operation, CallContext Context, string? Key = null, string? RequestHash = null)
{
    /// <summary>A call by the orchestrator itself, or one that is neither audited nor remembered.</summary>
    public static Call Plain(string operation) => new(operation, CallContext.Empty);

    /// <summary>A call that is remembered by its idempotency key, if it has one.</summary>
    /// <param name="operation">The name of the operation.</param>
    /// <param name="subject">What it is about: keys are apart by caller, operation and subject.</param>
    /// <param name="context">What is known of the caller.</param>
    /// <param name="requestHash">The fingerprint of the request.</param>
    public static Call Remembered(string operation, string subject, CallContext context, string requestHash)
    {
        if (context.IdempotencyKey is not { } key)
        {
            return new Call(operation, context, null, requestHash);
        }

        var principal = context.Principal;
        var scope = $"{principal?.Length ?? -1}:{principal}/{operation}/{subject}/{key}";
        return new Call(operation, context, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(scope))), requestHash);
    }

    /// <summary>The id of what the call makes, derived from its key, so that the same call makes the same thing.</summary>
    public string? DerivedId => Key is null ? null : new Guid(Convert.FromHexString(Key.AsSpan(0, 32)), bigEndian: true).ToString();
}
