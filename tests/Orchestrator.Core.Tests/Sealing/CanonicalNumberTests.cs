using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using CsCheck;
using Orchestrator.Core.Sealing;

namespace Orchestrator.Core.Tests.Sealing;

public sealed class CanonicalNumberTests
{
    [Theory]
    [InlineData(0x0000000000000000, "0")]
    [InlineData(0x8000000000000000, "0")]
    [InlineData(0x0000000000000001, "5e-324")]
    [InlineData(0x8000000000000001, "-5e-324")]
    [InlineData(0x7fefffffffffffff, "1.7976931348623157e+308")]
    [InlineData(0xffefffffffffffff, "-1.7976931348623157e+308")]
    [InlineData(0x4340000000000000, "9007199254740992")]
    [InlineData(0xc340000000000000, "-9007199254740992")]
    [InlineData(0x4430000000000000, "295147905179352830000")]
    [InlineData(0x44b52d02c7e14af5, "9.999999999999997e+22")]
    [InlineData(0x44b52d02c7e14af6, "1e+23")]
    [InlineData(0x44b52d02c7e14af7, "1.0000000000000001e+23")]
    [InlineData(0x444b1ae4d6e2ef4e, "999999999999999700000")]
    [InlineData(0x444b1ae4d6e2ef4f, "999999999999999900000")]
    [InlineData(0x444b1ae4d6e2ef50, "1e+21")]
    [InlineData(0x3eb0c6f7a0b5ed8c, "9.999999999999997e-7")]
    [InlineData(0x3eb0c6f7a0b5ed8d, "0.000001")]
    [InlineData(0x41b3de4355555553, "333333333.3333332")]
    [InlineData(0x41b3de4355555554, "333333333.33333325")]
    [InlineData(0x41b3de4355555555, "333333333.3333333")]
    [InlineData(0x41b3de4355555556, "333333333.3333334")]
    [InlineData(0x41b3de4355555557, "333333333.33333343")]
    [InlineData(0xbecbf647612f3696, "-0.0000033333333333333333")]
    [InlineData(0x43143ff3c1cb0959, "1424953923781206.2")]
    public void WritesTheSamplesOfRfc8785AppendixB(ulong bits, string expected)
    {
        Assert.Equal(expected, Canonical(BitConverter.UInt64BitsToDouble(bits)));
        Assert.Equal(expected, Canonical(expected));
    }

    /// <summary>The checksums that cyberphone/json-canonicalization publishes in <c>testdata/README.md</c> for its sequence of doubles.</summary>
    [Theory]
    [InlineData(1_000, "be18b62b6f69cdab33a7e0dae0d9cfa869fda80ddc712221570f9f40a5878687")]
    [InlineData(10_000, "b9f7a8e75ef22a835685a52ccba7f7d6bdc99e34b010992cbc5864cd12be6892")]
    [InlineData(100_000, "22776e6d4b49fa294a0d0f349268e5c28808fe7e0cb2bcbe28f63894e494d4c7")]
    public void WritesThePublishedSequenceOfDoubles(int count, string expectedSha256)
    {
        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var bits in PublishedSequence().Take(count))
        {
            sha.AppendData(Encoding.UTF8.GetBytes($"{bits:x},{Canonical(BitConverter.UInt64BitsToDouble(bits))}\n"));
        }

        Assert.Equal(expectedSha256, Convert.ToHexStringLower(sha.GetHashAndReset()));
    }

    [Theory]
    [InlineData("0", "0")]
    [InlineData("-0", "0")]
    [InlineData("-0.0e7", "0")]
    [InlineData("0e999999999999999999999", "0")]
    [InlineData("1.0", "1")]
    [InlineData("-1.50", "-1.5")]
    [InlineData("100e-2", "1")]
    [InlineData("0.1e1", "1")]
    [InlineData("1e21", "1e+21")]
    [InlineData("1E+0021", "1e+21")]
    [InlineData("1e20", "100000000000000000000")]
    [InlineData("0.0000001", "1e-7")]
    [InlineData("0.000001", "0.000001")]
    [InlineData("0.00000123", "0.00000123")]
    [InlineData("1e23", "1e+23")]
    public void WritesWhatEcmaScriptDoes(string json, string expected) => Assert.Equal(expected, Canonical(json));

    [Theory]
    [InlineData("0.1000000000000000055511151231257827", "0.1")]
    [InlineData("333333333.33333329", "333333333.3333333")]
    [InlineData("9007199254740993.5", "9007199254740994")]
    [InlineData("4.9e-324", "5e-324")]
    [InlineData("2.5e-324", "5e-324")]
    [InlineData("2.2250738585072011e-308", "2.225073858507201e-308")]
    public void RoundsAFractionToTheNearestDouble(string json, string expected) => Assert.Equal(expected, Canonical(json));

    [Theory]
    [InlineData("9007199254740993", "9007199254740993")]
    [InlineData("-18446744073709551615", "-18446744073709551615")]
    [InlineData("123456789012345678901234567890", "1.2345678901234567890123456789e+29")]
    [InlineData("12345678901234567.89e2", "1234567890123456789")]
    public void KeepsEveryDigitOfAWholeNumber(string json, string expected) => Assert.Equal(expected, Canonical(json));

    [Theory]
    [InlineData("1e400", "1e+400")]
    [InlineData("-1e309", "-1e+309")]
    [InlineData("12.5e999", "1.25e+1000")]
    [InlineData("1e-400", "1e-400")]
    [InlineData("-2e-324", "-2e-324")]
    [InlineData("1e999999999999999999", "1e+999999999999999999")]
    [InlineData("-1e-999999999999999999", "-1e-999999999999999999")]
    public void KeepsEveryDigitBeyondTheRangeOfADouble(string json, string expected) => Assert.Equal(expected, Canonical(json));

    [Theory]
    [InlineData("1e9999999999999999999999")]
    [InlineData("-0.001e-9999999999999999999999")]
    public void WritesAnyExponent(string json) => Assert.Equal(Canonical(json), Canonical(Canonical(json)));

    [Fact]
    public void WritesNumbersOfAnyLength()
    {
        var zeros = new string('0', 100_000);
        Assert.Equal("1", Canonical($"0.{zeros}1e100001"));
        Assert.Equal("1", Canonical($"1{zeros}e-100000"));
        Assert.Equal("0.5", Canonical($"0.5{zeros}"));
        Assert.Equal("0.5", Canonical($"0.5{zeros}1"));
        Assert.Equal($"1.{zeros}1e+100001", Canonical($"1{zeros}1"));
    }

    [Fact]
    public void ReadsBackAsTheSameDouble() => Gen.Double.Where(double.IsFinite).Sample(
        value => double.Parse(Canonical(value), CultureInfo.InvariantCulture) == value, iter: 10_000);

    [Fact]
    public void DoesNotDependOnHowADoubleWasPrinted() => Gen.Double[-1e15, 1e15].Sample(
        value =>
        {
            var expected = Canonical(value);
            return expected == Canonical(value.ToString("G17", CultureInfo.InvariantCulture))
                && expected == Canonical(value.ToString("E16", CultureInfo.InvariantCulture))
                && expected == Canonical(expected);
        },
        iter: 10_000);

    private static string Canonical(string json) => Encoding.UTF8.GetString(CanonicalJson.GetBytes(Encoding.UTF8.GetBytes(json)));

    private static string Canonical(double value)
    {
        var writer = new CanonicalWriter([]);
        CanonicalNumber.Write(ref writer, value);
        return Encoding.UTF8.GetString(writer.ToArray());
    }

    private static IEnumerable<ulong> PublishedSequence()
    {
        foreach (var bits in EdgeCases)
        {
            yield return bits;
        }

        for (var i = 0UL; i < 2_000; i++)
        {
            yield return 0x0010000000000000 + i;
        }

        var block = new byte[32];
        while (true)
        {
            block = SHA256.HashData(block);
            for (var i = 0; i < block.Length; i += sizeof(ulong))
            {
                var bits = BinaryPrimitives.ReadUInt64LittleEndian(block.AsSpan(i));
                var value = BitConverter.UInt64BitsToDouble(bits);
                if (value != 0 && double.IsFinite(value))
                {
                    yield return bits;
                }
            }
        }
    }

    private static readonly ulong[] EdgeCases =
    [
        0x0000000000000000, 0x8000000000000000, 0x0000000000000001, 0x8000000000000001, 0xc46696695dbd1cc3, 0xc43211ede4974a35,
        0xc3fce97ca0f21056, 0xc3c7213080c1a6ac, 0xc39280f39a348556, 0xc35d9b1f5d20d557, 0xc327af4c4a80aaac, 0xc2f2f2a36ecd5556,
        0xc2be51057e155558, 0xc28840d131aaaaac, 0xc253670dc1555557, 0xc21f0b4935555557, 0xc1e8d5d42aaaaaac, 0xc1b3de4355555556,
        0xc17fca0555555556, 0xc1496e6aaaaaaaab, 0xc114585555555555, 0xc0e046aaaaaaaaab, 0xc0aa0aaaaaaaaaaa, 0xc074d55555555555,
        0xc040aaaaaaaaaaab, 0xc00aaaaaaaaaaaab, 0xbfd5555555555555, 0xbfa1111111111111, 0xbf6b4e81b4e81b4f, 0xbf35d867c3ece2a5,
        0xbf0179ec9cbd821e, 0xbecbf647612f3696, 0xbe965e9f80f29212, 0xbe61e54c672874db, 0xbe2ca213d840baf8, 0xbdf6e80fe033c8c6,
        0xbdc2533fe68fd3d2, 0xbd8d51ffd74c861c, 0xbd5774ccac3d3817, 0xbd22c3d6f030f9ac, 0xbcee0624b3818f79, 0xbcb804ea293472c7,
        0xbc833721ba905bd3, 0xbc4ebe9c5db3c61e, 0xbc18987d17c304e5, 0xbbe3ad30dfcf371d, 0xbbaf7b816618582f, 0xbb792f9ab81379bf,
        0xbb442615600f9499, 0xbb101e77800c76e1, 0xbad9ca58cce0be35, 0xbaa4a1e0a3e6fe90, 0xba708180831f320d, 0xba3a68cd9e985016,
        0x446696695dbd1cc3, 0x443211ede4974a35, 0x43fce97ca0f21056, 0x43c7213080c1a6ac, 0x439280f39a348556, 0x435d9b1f5d20d557,
        0x4327af4c4a80aaac, 0x42f2f2a36ecd5556, 0x42be51057e155558, 0x428840d131aaaaac, 0x4253670dc1555557, 0x421f0b4935555557,
        0x41e8d5d42aaaaaac, 0x41b3de4355555556, 0x417fca0555555556, 0x41496e6aaaaaaaab, 0x4114585555555555, 0x40e046aaaaaaaaab,
        0x40aa0aaaaaaaaaaa, 0x4074d55555555555, 0x4040aaaaaaaaaaab, 0x400aaaaaaaaaaaab, 0x3fd5555555555555, 0x3fa1111111111111,
        0x3f6b4e81b4e81b4f, 0x3f35d867c3ece2a5, 0x3f0179ec9cbd821e, 0x3ecbf647612f3696, 0x3e965e9f80f29212, 0x3e61e54c672874db,
        0x3e2ca213d840baf8, 0x3df6e80fe033c8c6, 0x3dc2533fe68fd3d2, 0x3d8d51ffd74c861c, 0x3d5774ccac3d3817, 0x3d22c3d6f030f9ac,
        0x3cee0624b3818f79, 0x3cb804ea293472c7, 0x3c833721ba905bd3, 0x3c4ebe9c5db3c61e, 0x3c18987d17c304e5, 0x3be3ad30dfcf371d,
        0x3baf7b816618582f, 0x3b792f9ab81379bf, 0x3b442615600f9499, 0x3b101e77800c76e1, 0x3ad9ca58cce0be35, 0x3aa4a1e0a3e6fe90,
        0x3a708180831f320d, 0x3a3a68cd9e985016, 0x4024000000000000, 0x4014000000000000, 0x3fe0000000000000, 0x3fa999999999999a,
        0x3f747ae147ae147b, 0x3f40624dd2f1a9fc, 0x3f0a36e2eb1c432d, 0x3ed4f8b588e368f1, 0x3ea0c6f7a0b5ed8d, 0x3e6ad7f29abcaf48,
        0x3e35798ee2308c3a, 0x3ed539223589fa95, 0x3ed4ff26cd5a7781, 0x3ed4f95a762283ff, 0x3ed4f8c60703520c, 0x3ed4f8b72f19cd0d,
        0x3ed4f8b5b31c0c8d, 0x3ed4f8b58d1c461a, 0x3ed4f8b5894f7f0e, 0x3ed4f8b588ee37f3, 0x3ed4f8b588e47da4, 0x3ed4f8b588e3849c,
        0x3ed4f8b588e36bb5, 0x3ed4f8b588e36937, 0x3ed4f8b588e368f8, 0x3ed4f8b588e368f1, 0x3ff0000000000000, 0xbff0000000000000,
        0xbfeffffffffffffa, 0xbfeffffffffffffb, 0x3feffffffffffffa, 0x3feffffffffffffb, 0x3feffffffffffffc, 0x3feffffffffffffe,
        0xbfefffffffffffff, 0xbfefffffffffffff, 0x3fefffffffffffff, 0x3fefffffffffffff, 0x3fd3333333333332, 0x3fd3333333333333,
        0x3fd3333333333334, 0x0010000000000000, 0x000ffffffffffffd, 0x000fffffffffffff, 0x7fefffffffffffff, 0xffefffffffffffff,
        0x4340000000000000, 0xc340000000000000, 0x4430000000000000, 0x44b52d02c7e14af5, 0x44b52d02c7e14af6, 0x44b52d02c7e14af7,
        0x444b1ae4d6e2ef4e, 0x444b1ae4d6e2ef4f, 0x444b1ae4d6e2ef50, 0x3eb0c6f7a0b5ed8c, 0x3eb0c6f7a0b5ed8d, 0x41b3de4355555553,
        0x41b3de4355555554, 0x41b3de4355555555, 0x41b3de4355555556, 0x41b3de4355555557, 0xbecbf647612f3696, 0x43143ff3c1cb0959,
    ];
}
