using System.Globalization;
using System.Security.Cryptography;
using Orchestrator.Samples.Quickstart.Training;

namespace Orchestrator.Samples.Tests.Training;

public sealed class IrisDataTests
{
    [Fact]
    public void HasFiftyPlantsOfEachSpecies()
    {
        var samples = IrisData.Load();

        Assert.Equal(150, samples.Length);
        Assert.All(samples, sample => Assert.Equal(4, sample.Features.Length));
        Assert.Equal([50, 50, 50], samples.CountBy(sample => sample.Label).OrderBy(pair => pair.Key).Select(pair => pair.Value));
        Assert.Equal(["setosa", "versicolor", "virginica"], IrisData.Species);
    }

    [Theory]
    [InlineData(0, 876.5, 4.3, 7.9)]
    [InlineData(1, 458.6, 2.0, 4.4)]
    [InlineData(2, 563.7, 1.0, 6.9)]
    [InlineData(3, 179.9, 0.1, 2.5)]
    public void HasThePublishedColumnSumsAndRanges(int column, double sum, double least, double greatest)
    {
        var values = IrisData.Load().Select(sample => sample.Features[column]).ToArray();

        Assert.Equal(sum, values.Sum(), 1e-9);
        Assert.Equal(least, values.Min());
        Assert.Equal(greatest, values.Max());
    }

    [Fact]
    public void IsFishersVersionWhereThatOfUciDiffers()
    {
        var samples = IrisData.Load();

        Assert.Equal([4.9, 3.1, 1.5, 0.2], samples[34].Features);
        Assert.Equal([4.9, 3.6, 1.4, 0.1], samples[37].Features);
    }

    [Fact]
    public void IsTheFileWhoseHashIsInItsProvenance()
    {
        using var file = IrisData.Open();

        Assert.Equal(
            "9cc1c345c71bcc9b486b74cbf6063fa66f4bb5e0f603a4b3c3471ec2e5e8e355",
            Convert.ToHexStringLower(SHA256.HashData(file)));
    }

    [Fact]
    public void ReadsTheSameNumbersUnderACultureWithDecimalCommas()
    {
        var expected = IrisData.Load();
        var before = CultureInfo.CurrentCulture;
        var commas = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        commas.NumberFormat.NumberDecimalSeparator = ",";
        commas.NumberFormat.NumberGroupSeparator = ".";
        try
        {
            CultureInfo.CurrentCulture = commas;

            Assert.Equal(expected.SelectMany(sample => sample.Features), IrisData.Load().SelectMany(sample => sample.Features));
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }
}
