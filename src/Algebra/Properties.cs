using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("RlCore.Properties")]
