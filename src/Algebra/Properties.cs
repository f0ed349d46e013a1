using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("RlCore.Properties")]
[assembly: InternalsVisibleTo("RlCore.Engines.Torch.Tests")]
