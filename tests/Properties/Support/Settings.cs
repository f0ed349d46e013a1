using RlCore.Properties;

[assembly: Properties(Arbitrary = [typeof(Domain)], MaxTest = 1000, QuietOnSuccess = true)]
