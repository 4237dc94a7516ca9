using System.Text;
using System.Text.Json;
using Orchestrator.Core.Sealing;

namespace Orchestrator.Core.Tests.Sealing;

/// <summary>RFC 8785, and the files of cyberphone/json-canonicalization (Apache-2.0), <c>testdata/input</c> and <c>testdata/outhex</c>.</summary>
public sealed class CanonicalJsonTests
{
    public static TheoryData<string, string, string> PublishedFiles => new()
    {
        {
            "arrays",
            """[ 56, { "d": true, "10": null, "1": [ ] } ]""",
            "5b35362c7b2231223a5b5d2c223130223a6e756c6c2c2264223a747275657d5d"
        },
        {
            "french",
            """
            { "peach": "This sorting order", "péché": "is wrong according to French",
              "pêche": "but canonicalization MUST", "sin":   "ignore locale" }
            """,
            "7b227065616368223a225468697320736f7274696e67206f72646572222c2270c3a96368c3a9223a2269732077726f6e67206163636f7264"
            + "696e6720746f204672656e6368222c2270c3aa636865223a226275742063616e6f6e6963616c697a6174696f6e204d555354222c2273696e"
            + "223a2269676e6f7265206c6f63616c65227d"
        },
        {
            "structures",
            """
            { "1": {"f": {"f": "hi","F": 5} ,"\n": 56.0}, "10": { }, "": "empty", "a": { },
              "111": [ {"e": "yes","E": "no" } ], "A": { } }
            """,
            "7b22223a22656d707479222c2231223a7b225c6e223a35362c2266223a7b2246223a352c2266223a226869227d7d2c223130223a7b7d2c22"
            + "313131223a5b7b2245223a226e6f222c2265223a22796573227d5d2c2241223a7b7d2c2261223a7b7d7d"
        },
        {
            "unicode",
            """{ "Unnormalized Unicode":"A\u030a" }""",
            "7b22556e6e6f726d616c697a656420556e69636f6465223a2241cc8a227d"
        },
        {
            // Also the sample of RFC 8785, sections 3.2.2 to 3.2.4.
            "values",
            """
            { "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
              "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/", "literals": [null, true, false] }
            """,
            "7b226c69746572616c73223a5b6e756c6c2c747275652c66616c73655d2c226e756d62657273223a5b3333333333333333332e3333333333"
            + "33332c31652b33302c342e352c302e3030322c31652d32375d2c22737472696e67223a22e282ac245c75303030665c6e4127425c225c5c5c"
            + "5c5c222f227d"
        },
        {
            "weird",
            """
            { "\u20ac": "Euro Sign", "\r": "Carriage Return", "\u000a": "Newline", "1": "One", "\u0080": "Control\u007f",
              "\ud83d\ude02": "Smiley", "\u00f6": "Latin Small Letter O With Diaeresis",
              "\ufb33": "Hebrew Letter Dalet With Dagesh", "</script>": "Browser Challenge" }
            """,
            "7b225c6e223a224e65776c696e65222c225c72223a2243617272696167652052657475726e222c2231223a224f6e65222c223c2f73637269"
            + "70743e223a2242726f77736572204368616c6c656e6765222c22c280223a22436f6e74726f6c7f222c22c3b6223a224c6174696e20536d61"
            + "6c6c204c6574746572204f205769746820446961657265736973222c22e282ac223a224575726f205369676e222c22f09f9882223a22536d"
            + "696c6579222c22efacb3223a22486562726577204c65747465722044616c6574205769746820446167657368227d"
        },
    };

    [Theory]
    [MemberData(nameof(PublishedFiles))]
    public void WritesThePublishedBytes(string file, string input, string expectedHex)
    {
        Assert.True(
            Convert.FromHexString(expectedHex).SequenceEqual(CanonicalJson.GetBytes(Encoding.UTF8.GetBytes(input))),
            $"{file}: {Canonical(input)}");
    }

    [Fact]
    public void SortsMembersByUtf16CodeUnits()
    {
        // RFC 8785, section 3.2.3: by code point, the emoji would come last.
        const string input = """
            { "\u20ac": "Euro Sign", "\r": "Carriage Return", "\ufb33": "Hebrew Letter Dalet With Dagesh", "1": "One",
              "\ud83d\ude00": "Emoji: Grinning Face", "\u0080": "Control", "\u00f6": "Latin Small Letter O With Diaeresis" }
            """;

        var names = JsonElement.Parse(Canonical(input)).EnumerateObject().Select(member => member.Value.GetString());

        Assert.Equal(
            ["Carriage Return", "One", "Control", "Latin Small Letter O With Diaeresis", "Euro Sign", "Emoji: Grinning Face", "Hebrew Letter Dalet With Dagesh"],
            names);
    }

    [Fact]
    public void EscapesOnlyWhatMustBe()
    {
        // RFC 8785, section 3.2.2.2.
        var named = new Dictionary<char, string> { ['\b'] = @"\b", ['\t'] = @"\t", ['\n'] = @"\n", ['\f'] = @"\f", ['\r'] = @"\r" };
        for (var c = '\0'; c < ' '; c++)
        {
            var escape = $"\\u{(int)c:x4}";
            Assert.Equal($"\"{named.GetValueOrDefault(c, escape)}\"", Canonical($"\"{escape}\""));
        }

        Assert.Equal("\"\\\"\\\\/'<>&\u007f\u0080\u2028\u20ac\U0001F602\"", Canonical("""  "\"\\\/\u0027\u003c\u003E\u0026\u007f\u0080\u2028\u20AC\ud83d\uDE02"  """));
    }

    [Theory]
    [InlineData("""{"\u0061":1,"b":2}""", """{"b":2,"a":1}""")]
    [InlineData("""["\u0041","A"]""", """["A","\u0041"]""")]
    [InlineData("[1.0,100,0.001]", "[ 1 , 1e2 , 1E-3 ]")]
    public void DoesNotDependOnTheSpelling(string json, string same) => Assert.Equal(Canonical(json), Canonical(same));

    [Fact]
    public void TellsNormalizationFormsApart() => Assert.NotEqual(Canonical("\"\u00e9\""), Canonical("\"e\u0301\""));

    [Fact]
    public void WritesWhatFitsNoSmallBuffer()
    {
        var json = "[" + string.Join(",", Enumerable.Range(0, 5_000).Select(i => $"{{\"{i}\":\"\u20ac{new string('\n', i % 50)}\"}}").Select(Escape)) + "]";

        Assert.Equal(json, Canonical(json));

        static string Escape(string text) => text.Replace("\n", @"\n", StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"\\ud800\"")]
    [InlineData("\"\\udc00\\ud800\"")]
    [InlineData("{\"\\ud800\":1}")]
    public void RefusesHalfASurrogatePair(string json) => Assert.Throws<ArgumentException>(() => Canonical(json));

    [Fact]
    public void RefusesTextThatIsNotUtf8()
    {
        var value = JsonElement.Parse([(byte)'"', 0xff, (byte)'"']);

        Assert.Throws<ArgumentException>(() => CanonicalJson.GetBytes(value));
    }

    [Theory]
    [InlineData("""{"a":1,"a":1}""")]
    [InlineData("""[{"a":1,"b":2,"\u0061":1}]""")]
    public void RefusesAMemberThatComesTwice(string json)
    {
        var refused = Assert.Throws<ArgumentException>(() => Canonical(json));

        Assert.Contains("'a' twice", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void RefusesTheDefaultElement() => Assert.Throws<ArgumentException>(() => CanonicalJson.GetBytes(default(JsonElement)));

    [Fact]
    public void RefusesWhatNestsDeeperThanTheStack()
    {
        const int depth = 10_000;
        const int smallStack = 256 * 1024;
        var json = JsonElement.Parse(new string('[', depth) + new string(']', depth), new JsonDocumentOptions { MaxDepth = depth });
        Exception? thrown = null;

        var thread = new Thread(() => thrown = Record.Exception(() => CanonicalJson.GetBytes(json)), smallStack);
        thread.Start();
        thread.Join();

        Assert.IsType<ArgumentException>(thrown);
    }

    private static string Canonical(string json) => Encoding.UTF8.GetString(CanonicalJson.GetBytes(Encoding.UTF8.GetBytes(json)));
}
