using System.Runtime.CompilerServices;

// The kernels that run a formula over arrays are for the packages of this repository.
[assembly: InternalsVisibleTo("RlCore")]
[assembly: InternalsVisibleTo("RlCore.Engines.Managed")]
[assembly: InternalsVisibleTo("RlCore.Studies")]
[assembly: InternalsVisibleTo("RlCore.Properties")]
[assembly: InternalsVisibleTo("RlCore.Engines.Torch.Tests")]
