using System.Globalization;
using RlCore.SideBySide;
using RlCore.SideBySide.Cases;
using RlCore.SideBySide.Measuring;
using RlCore.SideBySide.Sides;
using RlCore.Trainers.Inputs;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
if (args is [SideHost.Command, var side, var threads, var name, var place, var quick, .. var where])
{
    BenchCase one = BenchCases.Find(name, bool.Parse(quick));
    SideDevice device = where is [var on, var precision] ? new SideDevice(on, precision) : SideDevice.Cpu;
    return SideHost.Serve(side, one, int.Parse(threads, CultureInfo.InvariantCulture), new BenchPlace(place), device);
}

try
{
    BenchOptions options = BenchOptions.Read(args);
    if (options.IsHelp)
    {
        Console.WriteLine(BenchOptions.Help);
        return 0;
    }

    return BenchRun.Execute(options);
}
catch (Exception failure) when (failure is InputException or SideFailedException)
{
    Console.Error.WriteLine(failure.Message);
    return failure is InputException ? 2 : 1;
}
