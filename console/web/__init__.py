"""What all pages share: access control, context, assets, headers, the job runner."""
