using Microsoft.Extensions.Hosting;
using RlCore.Engines.Managed;
using RlCore.Trainers.Hosting;

HostApplicationBuilder builder = Host.CreateApplicationBuilder(args);
builder.Services.AddTraining(builder.Configuration.GetSection("Training")).AddManagedEngine();
return await builder.Build().RunTrainingAsync();
