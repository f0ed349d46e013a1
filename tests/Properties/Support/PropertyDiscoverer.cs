using Xunit.Sdk;
using Xunit.v3;

namespace RlCore.Properties;

/// <summary>Makes one test of a law, whatever parameters it takes.</summary>
public sealed class PropertyDiscoverer : IXunitTestCaseDiscoverer
{
    public ValueTask<IReadOnlyCollection<IXunitTestCase>> Discover(
        ITestFrameworkDiscoveryOptions discoveryOptions, IXunitTestMethod testMethod, IFactAttribute factAttribute)
    {
        string name = factAttribute.DisplayName ?? $"{testMethod.TestClass.TestClassName}.{testMethod.MethodName}";
        var testCase = new PropertyTestCase(
            testMethod,
            name,
            UniqueIDGenerator.ForTestCase(testMethod.UniqueID, null, null),
            factAttribute.Explicit,
            factAttribute.Skip,
            factAttribute.SourceFilePath,
            factAttribute.SourceLineNumber);
        return new([testCase]);
    }
}
