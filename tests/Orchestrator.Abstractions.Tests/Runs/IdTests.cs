using CsCheck;

namespace Orchestrator.Abstractions.Tests.Runs;

/// <summary>The rule of ids, which the ids of runs, commands, experiments and versions share.</summary>
public abstract class IdTests<T>
    where T : struct, IParsable<T>
{
    private const string Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";

    private static readonly Gen<string> Valid =
        Gen.OneOfConst(Alphabet.ToCharArray()).Array[1, 128].Select(characters => new string(characters)).Where(text => text is not "." and not "..");

    private static readonly Gen<char> Foreign = Gen.Char.Where(character => !Alphabet.Contains(character));

    protected abstract bool TryParse(string? text, out T id);

    protected abstract string ValueOf(T id);

    protected abstract bool IsDefault(T id);

    [Fact]
    public void A_text_of_the_alphabet_is_an_id_and_reads_back() => Valid.Sample(text =>
    {
        var id = T.Parse(text, null);
        Assert.True(TryParse(text, out var same));
        Assert.Equal(id, same);
        Assert.Equal(text, ValueOf(id));
        Assert.Equal(text, id.ToString());
        Assert.False(IsDefault(id));
    });

    [Fact]
    public void One_foreign_character_anywhere_makes_it_no_id() =>
        Gen.Select(Valid, Foreign, Gen.Int[0, 127]).Sample((text, foreign, place) => IsRefused(text[..^1].Insert(place % text.Length, foreign.ToString())));

    [Fact]
    public void More_than_128_characters_are_no_id() => Gen.Int[129, 300].Sample(length => IsRefused(new string('a', length)));

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData(" a")]
    [InlineData("a ")]
    [InlineData("a/b")]
    [InlineData("a\0")]
    [InlineData("é")]
    [InlineData("a\n")]
    public void What_could_be_a_path_or_is_no_plain_text_is_no_id(string? text) => IsRefused(text);

    [Theory]
    [InlineData("...")]
    [InlineData(".a")]
    [InlineData("-")]
    [InlineData("_")]
    public void Dots_and_dashes_beside_those_two_are_ids(string text) => Assert.Equal(text, ValueOf(T.Parse(text, null)));

    [Fact]
    public void Upper_and_lower_case_are_apart() => Assert.NotEqual(T.Parse("run", null), T.Parse("Run", null));

    [Fact]
    public void The_default_value_is_no_id()
    {
        Assert.True(IsDefault(default));
        Assert.Equal("", default(T).ToString());
        Assert.Throws<InvalidOperationException>(() => ValueOf(default));
    }

    private void IsRefused(string? text)
    {
        Assert.False(TryParse(text, out var id));
        Assert.True(IsDefault(id));
        Assert.False(T.TryParse(text, null, out _));
        Assert.Throws<FormatException>(() => T.Parse(text!, null));
    }
}

public sealed class RunIdTests : IdTests<RunId>
{
    protected override bool TryParse(string? text, out RunId id) => RunId.TryParse(text, out id);

    protected override string ValueOf(RunId id) => id.Value;

    protected override bool IsDefault(RunId id) => id.IsDefault;
}

public sealed class CommandIdTests : IdTests<CommandId>
{
    protected override bool TryParse(string? text, out CommandId id) => CommandId.TryParse(text, out id);

    protected override string ValueOf(CommandId id) => id.Value;

    protected override bool IsDefault(CommandId id) => id.IsDefault;
}

public sealed class ExperimentIdTests : IdTests<ExperimentId>
{
    protected override bool TryParse(string? text, out ExperimentId id) => ExperimentId.TryParse(text, out id);

    protected override string ValueOf(ExperimentId id) => id.Value;

    protected override bool IsDefault(ExperimentId id) => id.IsDefault;
}

public sealed class VersionIdTests : IdTests<VersionId>
{
    protected override bool TryParse(string? text, out VersionId id) => VersionId.TryParse(text, out id);

    protected override string ValueOf(VersionId id) => id.Value;

    protected override bool IsDefault(VersionId id) => id.IsDefault;
}
