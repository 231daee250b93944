"""What all pages share: access, context, assets, headers, jobs."""
