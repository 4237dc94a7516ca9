using System.Collections;
using System.Diagnostics.CodeAnalysis;

namespace Orchestrator;

/// <summary>The tunables that a <c>tune</c> command may name. Starts with <c>learning_rate</c>, <c>entropy_coef</c> and <c>clip_epsilon</c>.</summary>
[SuppressMessage("Naming", "CA1710:Identifiers should have correct suffix", Justification = "It is a set.")]
public sealed class TunableSet : IReadOnlyCollection<Tunable>
{
    private readonly Dictionary<string, Tunable> _byName = new(StringComparer.Ordinal);

    internal TunableSet()
    {
        Add("learning_rate", 0, 1, minInclusive: false);
        Add("entropy_coef", 0, 0.1);
        Add("clip_epsilon", 0.05, 0.3);
    }

    /// <inheritdoc />
    public int Count => _byName.Count;

    /// <summary>Declares a tunable, or declares it anew.</summary>
    /// <param name="name">1 to 64 characters; not <c>notes</c>, which is text.</param>
    /// <param name="min">The lower bound.</param>
    /// <param name="max">The upper bound, above the lower one.</param>
    /// <param name="minInclusive">Whether the lower bound itself is allowed.</param>
    /// <param name="maxInclusive">Whether the upper bound itself is allowed.</param>
    /// <param name="wholeNumber">Whether only whole numbers are allowed.</param>
    /// <exception cref="ArgumentException">The name or the bounds are unusable.</exception>
    public TunableSet Add(string name, double min, double max, bool minInclusive = true, bool maxInclusive = true, bool wholeNumber = false)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        if (name.Length > 64 || name == "notes")
        {
            throw new ArgumentException($"A tunable's name has 1 to 64 characters and is not 'notes'; it was '{name}'.", nameof(name));
        }

        if (!(min < max))
        {
            throw new ArgumentException($"The lower bound of '{name}' ({min}) must be below the upper one ({max}).", nameof(min));
        }

        _byName[name] = new Tunable(name, min, max, minInclusive, maxInclusive, wholeNumber);
        return this;
    }

    /// <summary>Takes every declaration away, the default ones included.</summary>
    public TunableSet Clear()
    {
        _byName.Clear();
        return this;
    }

    /// <summary>Finds a declaration.</summary>
    /// <param name="name">The tunable's name.</param>
    /// <param name="tunable">What is declared of it.</param>
    /// <returns>Whether it is declared.</returns>
    public bool TryGet(string name, [MaybeNullWhen(false)] out Tunable tunable) => _byName.TryGetValue(name, out tunable);

    /// <inheritdoc />
    public IEnumerator<Tunable> GetEnumerator() => _byName.Values.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}

/// <summary>A number that operators may change while a run goes on.</summary>
/// <param name="Name">Its name in a <c>tune</c> payload.</param>
/// <param name="Min">The lower bound.</param>
/// <param name="Max">The upper bound.</param>
/// <param name="MinInclusive">Whether the lower bound itself is allowed.</param>
/// <param name="MaxInclusive">Whether the upper bound itself is allowed.</param>
/// <param name="WholeNumber">Whether only whole numbers are allowed.</param>
public sealed record Tunable(string Name, double Min, double Max, bool MinInclusive, bool MaxInclusive, bool WholeNumber)
{
    /// <summary>Whether a value is allowed.</summary>
    public bool Accepts(double value) =>
        (MinInclusive ? value >= Min : value > Min)
        && (MaxInclusive ? value <= Max : value < Max)
        && (!WholeNumber || value == Math.Floor(value));

    /// <summary>The rule in words, such as <c>a number in (0, 1]</c>.</summary>
    public string Rule => FormattableString.Invariant(
        $"{(WholeNumber ? "a whole number" : "a number")} in {(MinInclusive ? '[' : '(')}{Min}, {Max}{(MaxInclusive ? ']' : ')')}");
}
