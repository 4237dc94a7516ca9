using System.Diagnostics.CodeAnalysis;

namespace Orchestrator;

/// <summary>Either the answer to a request or the refusal of it.</summary>
/// <typeparam name="T">What a request that succeeds answers.</typeparam>
public readonly struct Result<T>
{
    private readonly T? _value;

    /// <summary>A request that succeeded.</summary>
    /// <param name="value">The answer.</param>
    public Result(T value) => _value = value;

    /// <summary>A request that was refused.</summary>
    /// <param name="refusal">Why.</param>
    public Result(Refusal refusal)
    {
        ArgumentNullException.ThrowIfNull(refusal);
        Refusal = refusal;
    }

    /// <summary>Why the request was refused; <see langword="null"/> when it succeeded.</summary>
    public Refusal? Refusal { get; }

    /// <summary>The answer.</summary>
    /// <exception cref="RefusedException">The request was refused.</exception>
    public T Value => Refusal is null ? _value! : throw new RefusedException(Refusal);

    /// <summary>Takes the answer or the refusal apart: <c>if (!result.TryGet(out var run, out var refusal)) …</c></summary>
    /// <param name="value">The answer, when the request succeeded.</param>
    /// <param name="refusal">The refusal, when it did not.</param>
    /// <returns>Whether the request succeeded.</returns>
    public bool TryGet([MaybeNullWhen(false)] out T value, [NotNullWhen(false)] out Refusal? refusal)
    {
        value = _value;
        refusal = Refusal;
        return refusal is null;
    }

    /// <summary>Wraps an answer.</summary>
    /// <param name="value">The answer.</param>
    public static implicit operator Result<T>(T value) => new(value);

    /// <summary>Wraps a refusal.</summary>
    /// <param name="refusal">Why the request was refused.</param>
    public static implicit operator Result<T>(Refusal refusal) => new(refusal);
}

/// <summary>Thrown by <see cref="Result{T}.Value"/> when a caller takes the answer of a request that was refused.</summary>
public sealed class RefusedException : Exception
{
    /// <summary>Creates the exception for a refusal.</summary>
    /// <param name="refusal">The refusal that was not looked at.</param>
    public RefusedException(Refusal refusal)
        : base($"{(refusal ?? throw new ArgumentNullException(nameof(refusal))).Code.ToWireName()}: {refusal.Message}") => Refusal = refusal;

    /// <summary>The refusal.</summary>
    public Refusal Refusal { get; }
}
